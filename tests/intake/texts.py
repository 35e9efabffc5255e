"""Texts in the forms that collect_env has written since torch 1.0, about machines that do not exist."""

from __future__ import annotations

TORCH_1_0 = """\
Collecting environment information...
PyTorch version: 1.0.1
Is debug build: No
CUDA used to build PyTorch: 9.0.176

OS: Ubuntu 18.04.2 LTS
GCC version: (Ubuntu 7.3.0-27ubuntu1~18.04) 7.3.0
CMake version: Could not collect

Python version: 3.6
Is CUDA available: Yes
CUDA runtime version: 9.2.148
GPU models and configuration: GPU 0: GeForce GTX 1080 Ti
Nvidia driver version: 410.48
cuDNN version: Probably one of the following:
/usr/local/cuda-9.2/lib64/libcudnn.so.7.4.2
/usr/local/cuda-9.2/lib64/libcudnn_static.a

Versions of relevant libraries:
[pip] numpy (1.15.4)
[pip] torch (1.0.1)
[conda] blas                      1.0                         mkl
[conda] pytorch                   1.0.1           py3.6_cuda9.0.176_cudnn7.4.2_2    pytorch
[conda] torchvision               0.2.2                      py_3    pytorch
"""

TORCH_2_1 = """\
PyTorch version: 2.1.2+cu121
Is debug build: False
CUDA used to build PyTorch: 12.1
ROCM used to build PyTorch: N/A

OS: Rocky Linux 9.3 (Blue Onyx) (x86_64)
GCC version: (GCC) 11.4.1 20230605 (Red Hat 11.4.1-2)
Clang version: Could not collect
CMake version: version 3.27.9
Libc version: glibc-2.34

Python version: 3.11.6 (main, Oct  2 2023, 13:45:54) [GCC 11.2.0] (64-bit runtime)
Python platform: Linux-5.14.0-362.8.1.el9_3.x86_64-x86_64-with-glibc2.34
Is CUDA available: True
CUDA runtime version: 11.8.89
CUDA_MODULE_LOADING set to: LAZY
GPU models and configuration:
GPU 0: NVIDIA A10 (UUID: GPU-00000000-1111-2222-3333-444444444444)
GPU 1: Tesla T4

Nvidia driver version: 545.23.08
cuDNN version: Could not collect
HIP runtime version: N/A
MIOpen runtime version: N/A
Is XNNPACK available: True

CPU:
Architecture:                       x86_64
CPU(s):                             16
On-line CPU(s) list:                0-15
Model name:                         Intel(R) Xeon(R) Gold 6230 CPU @ 2.10GHz
Flags:                              fpu vme de pse tsc msr pae mce cx8 apic sep mtrr avx avx2 avx512f

Versions of relevant libraries:
[pip3] numpy==1.26.3
[pip3] torch==2.1.2
[pip3] torchvision==0.16.2
[pip3] triton==2.1.0
[conda] Could not collect
"""

VLLM_0_6 = """\
Collecting environment information...
PyTorch version: 2.5.1+cu124
Is debug build: False
CUDA used to build PyTorch: 12.4
ROCM used to build PyTorch: N/A

OS: Debian GNU/Linux 12 (bookworm) (x86_64)
Libc version: glibc-2.36

Python version: 3.12.8 | packaged by conda-forge | (main, Dec  5 2024, 14:24:40) [GCC 13.3.0] (64-bit runtime)
Python platform: Linux-6.1.0-28-amd64-x86_64-with-glibc2.36
Is CUDA available: True
CUDA runtime version: Could not collect
GPU models and configuration:
GPU 0: NVIDIA H100 80GB HBM3
GPU 1: NVIDIA H100 80GB HBM3

Nvidia driver version: 565.57.01
Versions of relevant libraries:
[pip3] numpy==1.26.4
[pip3] nvidia-nccl-cu12==2.21.5
[pip3] torch==2.5.1
[pip3] transformers==4.47.1
[conda] numpy                     1.26.4                   pypi_0    pypi
[conda] torch                     2.5.1                    pypi_0    pypi
ROCM Version: Could not collect
Neuron SDK Version: N/A
vLLM Version: 0.6.6.post1
vLLM Build Flags:
CUDA Archs: Not Set; ROCm: Disabled; Neuron: Disabled
GPU Topology:
\x1b[4mGPU0\tGPU1\tNIC0\tCPU Affinity\tNUMA Affinity\tGPU NUMA ID\x1b[0m
GPU0\t X \tNV18\tPIX\t0-47\t0\t\tN/A
GPU1\tNV18\t X \tNODE\t0-47\t0\t\tN/A
NIC0\tPIX\tNODE\t X

Legend:

  X    = Self
  NV#  = Connection traversing a bonded set of # NVLinks

NVIDIA_VISIBLE_DEVICES=all
NVIDIA_REQUIRE_CUDA=cuda>=12.4 brand=tesla,driver>=470,driver<471
CUDA_VISIBLE_DEVICES=1
LD_LIBRARY_PATH=/opt/conda/lib:
VLLM_WORKER_MULTIPROC_METHOD=spawn
NCCL_CUMEM_ENABLE=0
"""

VLLM_0_20 = """\
Collecting environment information...
uv is set
==============================
        System Info
==============================
OS                           : Ubuntu 24.04.3 LTS (aarch64)
GCC version                  : (Ubuntu 13.3.0-6ubuntu2~24.04) 13.3.0
Clang version                : Could not collect
CMake version                : Could not collect
Libc version                 : glibc-2.39

==============================
       PyTorch Info
==============================
PyTorch version              : 2.11.0+cu130
Is debug build               : False
CUDA used to build PyTorch   : 13.0
ROCM used to build PyTorch   : N/A
XPU used to build PyTorch    : N/A

==============================
      Python Environment
==============================
Python version               : 3.12.3 (main, Nov  6 2025, 13:44:16) [GCC 13.3.0] (64-bit runtime)
Python platform              : Linux-6.14.0-1013-nvidia-aarch64-with-glibc2.39

==============================
       CUDA / GPU Info
==============================
Is CUDA available            : True
CUDA runtime version         : 13.0.88
CUDA_MODULE_LOADING set to   :
GPU models and configuration : GPU 0: NVIDIA GB10
Nvidia driver version        : 580.95.05
cuDNN version                : Could not collect

==============================
          CPU Info
==============================
Architecture:                         aarch64
CPU(s):                               20

==============================
Versions of relevant libraries
==============================
[pip3] flashinfer-python==0.6.8.post1
[pip3] numpy==2.2.6
[pip3] torch==2.11.0
[pip3] transformers==5.5.3
[pip3] my_wheel @ https://example.org/wheels/my_wheel-1.2.3%2Bcu130-cp312-abi3-linux_aarch64.whl
[conda] Could not collect

==============================
         vLLM Info
==============================
ROCM Version                 : Could not collect
vLLM Version                 : 0.20.1 (git sha: 0123456, date: 20260501)
vLLM Build Flags:
  CUDA Archs: 12.1a; ROCm: Disabled; XPU: Disabled
GPU Topology:
  Could not collect

==============================
     Environment Variables
==============================
TORCH_CUDA_ARCH_LIST=12.1a
LD_LIBRARY_PATH=/usr/local/cuda/lib64
HF_TOKEN=hf_abcdefghijklmnop
TORCHINDUCTOR_CACHE_DIR=/tmp/torchinductor_ada
"""

ROCM = """\
PyTorch version: 2.6.0+rocm6.2.4
CUDA used to build PyTorch: N/A
ROCM used to build PyTorch: 6.2.41134-65d174c3e
OS: Ubuntu 22.04.5 LTS (x86_64)
Python version: 3.12.9 (main, Feb  5 2025, 08:49:00) [GCC 11.4.0] (64-bit runtime)
Is CUDA available: True
CUDA runtime version: Could not collect
GPU models and configuration: AMD Instinct MI250X (gfx90a:sramecc+:xnack-)
Nvidia driver version: Could not collect
HIP runtime version: 6.2.41134
[pip3] torch==2.6.0+rocm6.2.4
vLLM Version: 0.8.4
"""

MAC = """\
PyTorch version: 2.6.0
CUDA used to build PyTorch: None
OS: macOS 15.4 (arm64)
Libc version: N/A
Python version: 3.12.9 (main, Feb  4 2025, 14:38:38) [Clang 16.0.0 (clang-1600.0.26.6)] (64-bit runtime)
Python platform: macOS-15.4-arm64-arm-64bit
Is CUDA available: False
GPU models and configuration: No CUDA
Nvidia driver version: No CUDA
CPU:
Apple M4 Pro
[pip3] torch==2.6.0
[conda] Could not collect
"""

XPU = """\
PyTorch version              : 2.9.0+xpu
CUDA used to build PyTorch   : None
XPU used to build PyTorch    : 20250302
OS                           : Ubuntu 25.04 (x86_64)
Python version               : 3.12.3 (main, Nov  6 2025, 13:44:16) [GCC 13.3.0] (64-bit runtime)
Is XPU available             : True
XPU runtime version          : 20250302
Intel GPU models             : Intel(R) Arc(TM) Pro B60 Graphics
[pip3] torch==2.9.0+xpu
vLLM Version                 : 0.14.0
"""

TPU = """\
PyTorch version: 2.8.0+cpu
OS: Ubuntu 22.04.5 LTS (x86_64)
Python version: 3.12.11 (main, Jun  4 2025, 08:56:18) [GCC 11.4.0] (64-bit runtime)
Is CUDA available: False
GPU models and configuration: No CUDA
Nvidia driver version: No CUDA
[pip3] torch==2.8.0+cpu
[pip3] torch_xla==2.8.0
[pip3] libtpu==0.0.17
"""

NO_DRIVER = """\
PyTorch version: 2.7.0+cu126
Is debug build: False
CUDA used to build PyTorch: 12.6
OS: Ubuntu 22.04.5 LTS (x86_64)
Libc version: glibc-2.35
Python version: 3.10.12 (main, Feb  4 2025, 14:57:36) [GCC 11.4.0] (64-bit runtime)
Python platform: Linux-5.15.167.4-microsoft-standard-WSL2-x86_64-with-glibc2.35
Is CUDA available: False
CUDA runtime version: No CUDA
GPU models and configuration: No CUDA
Nvidia driver version: No CUDA
[pip3] torch==2.7.0
"""

FORMS = {
    "torch 1.0": TORCH_1_0,
    "torch 2.1": TORCH_2_1,
    "vllm 0.6": VLLM_0_6,
    "vllm 0.20": VLLM_0_20,
    "rocm": ROCM,
    "mac": MAC,
    "xpu": XPU,
    "tpu": TPU,
    "no driver": NO_DRIVER,
}
