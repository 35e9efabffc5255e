/* A stand-in for the NVIDIA management library, scripted by the file that FAKE_NVML names.
 *
 * It exports the functions of nvml.h that nvidia-ml-py calls for doctor's probe, with their real
 * signatures, so that the real ctypes path runs. The script is plain text, a statement a line:
 *
 *   driver 550.54.14            cuda 12040
 *   fault FUNCTION CODE [INDEX]   make a function return CODE, for all GPUs or for one
 *   delay FUNCTION SECONDS        make a function sleep first
 *   device                        begin a GPU; the lines below describe it
 *   name|uuid|bus TEXT            capability 9 0          memory TOTAL FREE USED (bytes)
 *   mig ENABLED                   instance UUID           ecc COUNT       throttle BITS
 *   persistence 0|1               mode 0..3               process PID BYTES
 *   link BUS|switch               level PEER LEVEL
 *
 * What a GPU does not state is answered with NVML_ERROR_NOT_SUPPORTED.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SUCCESS = 0, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, INSUFFICIENT_SIZE = 7 };
enum { MAX_GPUS = 16, MAX_ITEMS = 32, MAX_RULES = 64 };

typedef unsigned long long u64;

typedef struct gpu {
    int index, is_instance;
    char name[96], uuid[96], bus[32];
    int major, minor, has_memory, mig, mig_known, persistence, mode;
    u64 total, free, used, throttle;
    long long ecc;
    int has_throttle, instances, processes, links;
    unsigned pid[MAX_ITEMS];
    u64 held[MAX_ITEMS];
    char link[MAX_ITEMS][32];
    int level[MAX_GPUS];
    struct gpu *instance[8];
} gpu;

typedef struct { char legacy[16]; unsigned domain, bus, device, id, subsystem; char bus_id[32]; } pci_info;
typedef struct { u64 total, free, used; } memory_info;
typedef struct { unsigned pid; u64 used; unsigned gpu_instance, compute_instance; } process_info;

static struct { char function[64]; int value, index; } faults[MAX_RULES], delays[MAX_RULES];
static int fault_count, delay_count, gpu_count, cuda_version = 12040, loaded;
static char driver_version[80] = "550.54.14";
static gpu gpus[MAX_GPUS];

static void die(const char *what) { fprintf(stderr, "fake nvml: %s\n", what); abort(); }

static gpu *new_gpu(int index) {
    gpu *g = &gpus[index];
    memset(g, 0, sizeof *g);
    g->index = index;
    g->ecc = -1;
    g->persistence = g->mode = -1;
    for (int i = 0; i < MAX_GPUS; i++) g->level[i] = 50;
    return g;
}

static void read_gpu_line(gpu *g, const char *word, const char *rest) {
    if (!strcmp(word, "name")) snprintf(g->name, sizeof g->name, "%s", rest);
    else if (!strcmp(word, "uuid")) snprintf(g->uuid, sizeof g->uuid, "%s", rest);
    else if (!strcmp(word, "bus")) snprintf(g->bus, sizeof g->bus, "%s", rest);
    else if (!strcmp(word, "capability")) sscanf(rest, "%d %d", &g->major, &g->minor);
    else if (!strcmp(word, "memory")) g->has_memory = sscanf(rest, "%llu %llu %llu", &g->total, &g->free, &g->used) == 3;
    else if (!strcmp(word, "mig")) { g->mig = atoi(rest); g->mig_known = 1; }
    else if (!strcmp(word, "instance")) {
        gpu *part = calloc(1, sizeof *part);
        part->is_instance = 1;
        part->index = g->index;
        snprintf(part->uuid, sizeof part->uuid, "%s", rest);
        g->instance[g->instances++] = part;
    }
    else if (!strcmp(word, "ecc")) g->ecc = atoll(rest);
    else if (!strcmp(word, "throttle")) { g->throttle = strtoull(rest, NULL, 0); g->has_throttle = 1; }
    else if (!strcmp(word, "persistence")) g->persistence = atoi(rest);
    else if (!strcmp(word, "mode")) g->mode = atoi(rest);
    else if (!strcmp(word, "process")) { sscanf(rest, "%u %llu", &g->pid[g->processes], &g->held[g->processes]); g->processes++; }
    else if (!strcmp(word, "link")) snprintf(g->link[g->links++], sizeof g->link[0], "%s", rest);
    else if (!strcmp(word, "level")) { int peer, level; sscanf(rest, "%d %d", &peer, &level); g->level[peer] = level; }
    else die(word);
}

static void load(void) {
    if (loaded) return;
    loaded = 1;
    const char *path = getenv("FAKE_NVML");
    FILE *file = path ? fopen(path, "r") : NULL;
    if (!file) die("no script");
    char line[256], word[64];
    gpu *current = NULL;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        if (sscanf(line, "%63s", word) != 1) continue;
        const char *rest = strchr(line, ' ');
        rest = rest ? rest + 1 : "";
        if (!strcmp(word, "driver")) snprintf(driver_version, sizeof driver_version, "%s", rest);
        else if (!strcmp(word, "cuda")) cuda_version = atoi(rest);
        else if (!strcmp(word, "device")) current = new_gpu(gpu_count++);
        else if (!strcmp(word, "fault")) {
            faults[fault_count].index = -1;
            sscanf(rest, "%63s %d %d", faults[fault_count].function, &faults[fault_count].value, &faults[fault_count].index);
            fault_count++;
        } else if (!strcmp(word, "delay")) {
            sscanf(rest, "%63s %d", delays[delay_count].function, &delays[delay_count].value);
            delay_count++;
        } else if (current) read_gpu_line(current, word, rest);
        else die(word);
    }
    fclose(file);
}

/* What the script makes of a call: it may sleep first, and the code is 0 or a fault. */
static int enter(const char *function, int index) {
    load();
    for (int i = 0; i < delay_count; i++)
        if (!strcmp(delays[i].function, function)) sleep(delays[i].value);
    for (int i = 0; i < fault_count; i++)
        if (!strcmp(faults[i].function, function) && (faults[i].index < 0 || faults[i].index == index)) return faults[i].value;
    return SUCCESS;
}

#define ENTER(index) do { int code_ = enter(__func__, index); if (code_) return code_; } while (0)

int nvmlInitWithFlags(unsigned flags) { (void)flags; ENTER(-1); return SUCCESS; }
int nvmlInit_v2(void) { ENTER(-1); return SUCCESS; }
int nvmlShutdown(void) { ENTER(-1); return SUCCESS; }
const char *nvmlErrorString(int code) { (void)code; return "an error of the stand-in"; }

int nvmlSystemGetDriverVersion(char *text, unsigned length) { ENTER(-1); snprintf(text, length, "%s", driver_version); return SUCCESS; }
int nvmlSystemGetCudaDriverVersion(int *version) { ENTER(-1); *version = cuda_version; return SUCCESS; }
int nvmlSystemGetCudaDriverVersion_v2(int *version) { ENTER(-1); *version = cuda_version; return SUCCESS; }
int nvmlDeviceGetCount_v2(unsigned *count) { ENTER(-1); *count = gpu_count; return SUCCESS; }

int nvmlDeviceGetHandleByIndex_v2(unsigned index, gpu **handle) {
    ENTER((int)index);
    if ((int)index >= gpu_count) return INVALID_ARGUMENT;
    *handle = &gpus[index];
    return SUCCESS;
}

int nvmlDeviceGetName(gpu *g, char *text, unsigned length) { ENTER(g->index); snprintf(text, length, "%s", g->name); return SUCCESS; }
int nvmlDeviceGetUUID(gpu *g, char *text, unsigned length) { ENTER(g->index); snprintf(text, length, "%s", g->uuid); return SUCCESS; }

int nvmlDeviceGetPciInfo_v3(gpu *g, pci_info *info) {
    ENTER(g->index);
    memset(info, 0, sizeof *info);
    snprintf(info->bus_id, sizeof info->bus_id, "%s", g->bus);
    return SUCCESS;
}

int nvmlDeviceGetCudaComputeCapability(gpu *g, int *major, int *minor) {
    ENTER(g->index);
    if (!g->major) return NOT_SUPPORTED;
    *major = g->major;
    *minor = g->minor;
    return SUCCESS;
}

int nvmlDeviceGetMemoryInfo(gpu *g, memory_info *info) {
    ENTER(g->index);
    if (!g->has_memory) return NOT_SUPPORTED;
    *info = (memory_info){g->total, g->free, g->used};
    return SUCCESS;
}

int nvmlDeviceGetMigMode(gpu *g, unsigned *current, unsigned *pending) {
    ENTER(g->index);
    if (!g->mig_known) return NOT_SUPPORTED;
    *current = *pending = g->mig;
    return SUCCESS;
}

int nvmlDeviceGetMaxMigDeviceCount(gpu *g, unsigned *count) { ENTER(g->index); *count = g->mig_known ? 7 : 0; return SUCCESS; }

int nvmlDeviceGetMigDeviceHandleByIndex(gpu *g, unsigned index, gpu **handle) {
    ENTER(g->index);
    if ((int)index >= g->instances) return NOT_FOUND;
    *handle = g->instance[index];
    return SUCCESS;
}

int nvmlDeviceGetTotalEccErrors(gpu *g, int type, int counter, u64 *count) {
    ENTER(g->index);
    if (type != 1 || counter != 0) return INVALID_ARGUMENT;
    if (g->ecc < 0) return NOT_SUPPORTED;
    *count = g->ecc;
    return SUCCESS;
}

static int throttle_bits(gpu *g, u64 *bits) {
    if (!g->has_throttle) return NOT_SUPPORTED;
    *bits = g->throttle;
    return SUCCESS;
}

int nvmlDeviceGetCurrentClocksEventReasons(gpu *g, u64 *bits) { ENTER(g->index); return throttle_bits(g, bits); }
int nvmlDeviceGetCurrentClocksThrottleReasons(gpu *g, u64 *bits) { ENTER(g->index); return throttle_bits(g, bits); }

int nvmlDeviceGetPersistenceMode(gpu *g, int *mode) {
    ENTER(g->index);
    if (g->persistence < 0) return NOT_SUPPORTED;
    *mode = g->persistence;
    return SUCCESS;
}

int nvmlDeviceGetComputeMode(gpu *g, int *mode) {
    ENTER(g->index);
    if (g->mode < 0) return NOT_SUPPORTED;
    *mode = g->mode;
    return SUCCESS;
}

static int list_processes(gpu *g, unsigned *count, process_info *items) {
    unsigned room = *count;
    *count = g->processes;
    if (room < (unsigned)g->processes) return INSUFFICIENT_SIZE;
    for (int i = 0; i < g->processes; i++) items[i] = (process_info){g->pid[i], g->held[i], 0, 0};
    return SUCCESS;
}

int nvmlDeviceGetComputeRunningProcesses_v2(gpu *g, unsigned *count, process_info *items) { ENTER(g->index); return list_processes(g, count, items); }
int nvmlDeviceGetComputeRunningProcesses_v3(gpu *g, unsigned *count, process_info *items) { ENTER(g->index); return list_processes(g, count, items); }

int nvmlDeviceGetNvLinkState(gpu *g, unsigned link, unsigned *active) {
    ENTER(g->index);
    if (!g->links) return NOT_SUPPORTED;
    if ((int)link >= g->links) return INVALID_ARGUMENT;
    *active = 1;
    return SUCCESS;
}

int nvmlDeviceGetNvLinkRemoteDeviceType(gpu *g, unsigned link, unsigned *type) {
    ENTER(g->index);
    if ((int)link >= g->links) return INVALID_ARGUMENT;
    *type = strcmp(g->link[link], "switch") ? 0 : 2;
    return SUCCESS;
}

int nvmlDeviceGetNvLinkRemotePciInfo_v2(gpu *g, unsigned link, pci_info *info) {
    ENTER(g->index);
    if ((int)link >= g->links) return INVALID_ARGUMENT;
    memset(info, 0, sizeof *info);
    snprintf(info->bus_id, sizeof info->bus_id, "%s", g->link[link]);
    return SUCCESS;
}

int nvmlDeviceGetTopologyCommonAncestor(gpu *a, gpu *b, int *level) {
    ENTER(a->index);
    *level = a->level[b->index];
    return SUCCESS;
}
