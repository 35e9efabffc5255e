"""Reading names of C++ symbols."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctor.probes.elf.mangling import TORCH_SYMBOL, demangle, string_abi


@pytest.mark.parametrize(
    ("mangled", "readable"),
    [
        ("_ZN3c105ErrorC2ENS_14SourceLocationESs", "c10::Error::Error"),
        ("_ZN3c105ErrorD1Ev", "c10::Error::~Error"),
        ("_ZNK3c1011StorageImpl27throw_data_ptr_access_errorEv", "c10::StorageImpl::throw_data_ptr_access_error"),
        ("_ZTVN5torch8autograd12AutogradMetaE", "vtable for torch::autograd::AutogradMeta"),
        ("_ZN3c10lsERSoRKNS_6DeviceE", "c10::operator<<"),
        ("_ZNK2at10TensorBase8data_ptrIfEEPT_v", "at::TensorBase::data_ptr..."),
    ],
)
def test_the_qualified_name_is_read_and_the_symbol_kept(mangled: str, readable: str) -> None:
    assert demangle(mangled) == f"{readable} [{mangled}]"


@pytest.mark.parametrize("name", ["aoti_torch_get_current_cuda_stream", "_Z16THPVariable_WrapN2at10TensorBaseE", "_ZN"])
def test_other_names_are_returned_as_they_are(name: str) -> None:
    assert demangle(name) == name


@pytest.mark.parametrize(
    ("name", "abi"),
    [
        ("_ZN3c105ErrorC2ENS_14SourceLocationESs", False),
        ("_ZN3c105ErrorC2ENS_14SourceLocationENSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE", True),
        ("_ZN5torch3jit11parseSchemaERKSs", False),
        ("_ZN2at3addEi", None),
        ("_ZN2at5isSsdEi", None),
        ("_ZN2at1fERKS0_S1_Li12EPSb", None),
    ],
)
def test_the_kind_of_string_that_a_symbol_mentions(name: str, abi: bool | None) -> None:
    assert string_abi(name) is abi


@pytest.mark.parametrize(
    ("name", "of_torch"),
    [
        (b"_ZN3c105ErrorD1Ev", True),
        (b"_ZTIN6caffe28TypeMetaE", True),
        (b"_ZN4vllm3addERN2at6TensorE", False),
        (b"aoti_torch_zero_", True),
        (b"_ZN3c104cuda9SetDeviceEi", True),
        (b"_ZN4c10d12ProcessGroupE", False),
        (b"printf", False),
    ],
)
def test_which_symbols_only_torch_defines(name: bytes, of_torch: bool) -> None:
    assert (TORCH_SYMBOL.match(name) is not None) is of_torch


@given(st.text(alphabet="_ZNKTSsLI0123456789Eabc", max_size=60))
def test_no_name_makes_the_reader_fail(tail: str) -> None:
    name = "_ZN" + tail
    assert name in demangle(name)
    string_abi(name)
