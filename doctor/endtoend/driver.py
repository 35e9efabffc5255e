"""Running the payload with the target's interpreter, and making facts of however that ends."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from doctor.core.endtoend import Ending, EndToEnd, Finding, Phase, PhaseName
from doctor.core.fact import Fact, Known, Reason, Source, SourceKind, Unknown
from doctor.core.signals import signal_name
from doctor.endtoend.job import Job
from doctor.endtoend.memory import count_oom_kills
from doctor.endtoend.surroundings import child_environ
from doctor.endtoend.transcript import Transcript, TranscriptError, source_of
from doctor.probes.scratch_folder import ScratchFolder

PAYLOAD = Path(__file__).with_name("payload")
DEADLINE = 900.0
PHASE_LIMIT = 300.0
"""Seconds that one phase may take; a machine without .pyc files needs 60 for the slowest."""

PROGRESS_EVERY = 10.0
CRASHES: dict[int, str] = {
    signal.SIGSEGV: "it used memory that is not its own",
    signal.SIGBUS: "a file or memory that it had mapped is gone: a truncated library, or a full /dev/shm",
    signal.SIGILL: "it was built for a processor with instructions that this one lacks",
    signal.SIGFPE: "an arithmetic fault",
    signal.SIGABRT: "a library gave up",
}


def run_end_to_end(
    python: Path,
    *,
    environ: Mapping[str, str],
    progress: Callable[[str], None],
    job: Job | None = None,
    raw: Callable[[bytes], None] | None = None,
    deadline: float = DEADLINE,
    phase_limit: float = PHASE_LIMIT,
    payload: Path = PAYLOAD,
    arguments: tuple[str, ...] = (),
    parent: Path | None = None,
) -> Fact[EndToEnd]:
    """Run the proof with the interpreter `python` and return the fact of the key END_TO_END.

    This is what ``doctor check --end-to-end`` calls: put the result into the snapshot with
    ``snapshot.replace(END_TO_END, fact)`` before judging. It takes half a minute where packages
    are byte-compiled, and less than 1 GiB of memory. `environ` is the environment that the target
    would be started with; `progress` is given a line when a phase begins, when it ends and every
    ten seconds; `job` says what it is made with (a tiny Llama by default); `raw` is given all that
    the child prints, in pieces; `deadline` and `phase_limit` are seconds; `parent` is the folder
    below which files go (the temporary one by default).

    The result is Known once the interpreter could be started at all, with Unknown for each phase
    that could not run; nothing that the child does raises here. Whatever ends this call, Ctrl-C
    too, also ends all processes and removes all files of the run.
    """
    source = Source(kind=SourceKind.RUN, where=f"{python} end-to-end")
    started = time.monotonic()
    try:
        with ScratchFolder(parent) as scratch:
            job = job or Job()
            command = [os.fspath(python.absolute()), os.fspath(payload), *job.arguments, *arguments]
            run = _Run(scratch, job, progress, raw or (lambda _: None), started + deadline, phase_limit)
            transcript = run.follow(command, child_environ(environ, scratch.path, python.absolute()) | job.variables)
    except OSError as error:
        detail = f"the end-to-end check cannot be started: {error}"
        return Unknown(reason=Reason.FAILED, detail=detail, source=source)
    return Known(value=_result(transcript, time.monotonic() - started), source=source)


def _result(transcript: Transcript, seconds: float) -> EndToEnd:
    about = transcript.about
    return EndToEnd(
        phases=tuple(transcript.phases[name] for name in PhaseName),
        seconds=round(seconds, 1),
        device=about.device,
        dtype=about.dtype,
        versions=about.versions,
        figures=transcript.figures,
    )


class _Run:
    """One child, followed to its end."""

    def __init__(
        self,
        scratch: ScratchFolder,
        job: Job,
        progress: Callable[[str], None],
        raw: Callable[[bytes], None],
        ends_at: float,
        phase_limit: float,
    ) -> None:
        self.scratch = scratch
        self.job = job
        self.progress = progress
        self.raw = raw
        self.ends_at = ends_at
        self.phase_limit = phase_limit
        self.transcript = Transcript(announce=self._announce, conclude=self._conclude)
        self.told_at = time.monotonic()
        self.oom_kills = count_oom_kills()

    def follow(self, command: list[str], environ: Mapping[str, str]) -> Transcript:
        """Start the child, listen until it ends or must be ended, and settle every phase."""
        work = self.scratch.path / "work"
        work.mkdir()
        reason, detail = Reason.FAILED, ""
        with _pipe() as (report, report_end), _pipe() as (log, log_end):
            process = subprocess.Popen(
                [*command, "--report", str(report_end.fileno()), "--folder", os.fspath(work)],
                stdin=subprocess.DEVNULL,
                stdout=log_end,
                stderr=log_end,
                cwd=work,
                env=dict(environ),
                pass_fds=(report_end.fileno(),),
                start_new_session=True,
            )
            self.scratch.watch(process.pid)
            try:
                report_end.close()
                log_end.close()
                self._listen(process, report, log)
            except TimeoutError as error:
                reason, detail = Reason.TIMED_OUT, f"{error}{self._last_words()}"
            except TranscriptError as error:
                reason, detail = Reason.MALFORMED, f"the child wrote something that is not a report: {error}"
            finally:
                status = self.scratch.end(process)
                self.scratch.release(process.pid)
        self._settle(reason, detail, status)
        return self.transcript

    def _listen(self, process: subprocess.Popen[bytes], report: int, log: int) -> None:
        """Read both pipes until the child has ended; what it started may hold them open longer."""
        os.set_blocking(log, False)
        with selectors.DefaultSelector() as selector:
            selector.register(log, selectors.EVENT_READ)
            selector.register(report, selectors.EVENT_READ)
            while True:
                ended = _has_ended(process)
                ready = {key.fd for key, _ in selector.select(0 if ended else 0.2)}
                told = os.read(report, 1 << 16) if report in ready else None
                # What was printed before a message belongs to its phase: the log is read after
                # the report was, and before the report is understood.
                if log in selector.get_map() and not _drain(log, self._hear):
                    selector.unregister(log)
                if told:
                    self.transcript.feed(told)
                elif told is not None:
                    selector.unregister(report)
                if (ended and not ready) or self.transcript.done:
                    return
                if not selector.get_map() and not ended:
                    time.sleep(0.05)
                self._look_at_the_clock()

    def _look_at_the_clock(self) -> None:
        now = time.monotonic()
        current = self.transcript.current
        if now > self.ends_at:
            raise TimeoutError("the end-to-end check ran out of its time")
        if current is None:
            return
        elapsed = now - self.transcript.began
        if elapsed > self.phase_limit:
            raise TimeoutError(f"it took longer than {self.phase_limit:g} s")
        if now - self.told_at >= PROGRESS_EVERY:
            self.told_at = now
            self.progress(f"{self.job.describe(current)} ({elapsed:.0f} s)")

    def _announce(self, phase: PhaseName) -> None:
        self.told_at = time.monotonic()
        self.progress(self.job.describe(phase))

    def _conclude(self, phase: Phase) -> None:
        """Say how a phase ended that took time; of what did not run nothing is said."""
        if phase.seconds:
            finding = phase.finding
            how = finding.value.ending.value if isinstance(finding, Known) else "not judged"
            self.progress(f"{self.job.describe(phase.name)}: {how}, {phase.seconds:.1f} s")

    def _hear(self, chunk: bytes) -> None:
        self.transcript.log.feed(chunk)
        self.raw(chunk)

    def _last_words(self) -> str:
        log = self.transcript.log.lines()
        return f"; it last said: {log[-1]}" if log else ""

    def _settle(self, reason: Reason, detail: str, status: int) -> None:
        """Say of the phase that was running what ended it, and of all later ones that they did not run."""
        transcript = self.transcript
        stopped = transcript.next_phase()
        if stopped is None:
            return
        if not transcript.done:
            seconds = time.monotonic() - transcript.began if transcript.current else 0.0
            finding = self._what_ended(stopped, reason, detail, status)
            transcript.finish(stopped, finding, round(seconds, 3))
            detail = f"the check ended before it, in {stopped.value}"
        for name in PhaseName:
            if name not in transcript.phases:
                why = detail or "it was left out"
                left: Fact[Finding] = Unknown(reason=Reason.NOT_RUN, detail=why, source=source_of(name))
                transcript.finish(name, left, 0.0)

    def _what_ended(self, phase: PhaseName, reason: Reason, detail: str, status: int) -> Fact[Finding]:
        source, log = source_of(phase), self.transcript.log.lines()
        if detail:
            return Unknown(reason=reason, detail=detail, source=source)
        if status >= 0:
            detail = f"the child ended with exit status {status} and without an answer{self._last_words()}"
            return Unknown(reason=Reason.FAILED, detail=detail, source=source)
        name, meaning = signal_name(-status), CRASHES.get(-status, "")
        if -status == signal.SIGKILL and count_oom_kills() > self.oom_kills:
            meaning = "memory ran out, and the out-of-memory killer of the kernel chose it"
        if meaning:
            message = f"the process was ended by {name}: {meaning}"
            return Known(value=Finding(ending=Ending.CRASHED, message=message, log=log), source=source)
        why = (
            ": someone killed it, or a limit of memory or time that it ran under"
            if -status == signal.SIGKILL
            else self._last_words()
        )
        return Unknown(reason=Reason.FAILED, detail=f"the child was ended by {name}{why}", source=source)


def _drain(pipe: int, feed: Callable[[bytes], None]) -> bool:
    """Read what is in a pipe now; return whether more may come."""
    for _ in range(64):  # a child that prints without end must not keep the clock from being looked at
        try:
            chunk = os.read(pipe, 1 << 16)
        except BlockingIOError:
            return True
        if not chunk:
            return False
        feed(chunk)
    return True


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether the child has ended; it is not reaped yet, so its number stays its own."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


@contextmanager
def _pipe() -> Iterator[tuple[int, IO[bytes]]]:
    """Two ends; the taker closes the one for writing as soon as the child has it."""
    read_end, write_end = os.pipe()
    try:
        with os.fdopen(write_end, "wb", buffering=0) as writer:
            yield read_end, writer
    finally:
        os.close(read_end)
