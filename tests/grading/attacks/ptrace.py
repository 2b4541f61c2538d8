# Attaches to the fork server and the grader with ptrace, process_vm_readv, and by opening their memory to write.
# attacks: output_size
# needs: files
import ctypes
import os
from pathlib import Path


def output_size(n, kernel, stride=1):
    libc = ctypes.CDLL(None, use_errno=True)
    won = 0
    for pid in [os.getppid(), *parents()]:
        if libc.ptrace(16, pid, 0, 0) == 0:
            os.waitpid(pid, 0x40000000)
            libc.ptrace(17, pid, 0, 0)
            won += 1
        try:
            with Path(f"/proc/{pid}/mem").open("r+b", buffering=0):
                won += 1
        except OSError:
            pass
        for fd in range(64):
            try:
                with Path(f"/proc/{pid}/fd/{fd}").open("wb", buffering=0):
                    won += 1
            except OSError:
                continue
    return honest_size(n, kernel, stride) if won else -1
