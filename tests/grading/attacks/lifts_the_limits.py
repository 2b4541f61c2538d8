# Lifts its own limits and protections: rlimits, no-new-privileges, namespaces, mounts, capabilities, chroot, nice.
# attacks: output_size
# needs: files
import ctypes
import os
import resource


def output_size(n, kernel, stride=1):
    libc = ctypes.CDLL(None, use_errno=True)
    won = []
    for kind in (resource.RLIMIT_AS, resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE, resource.RLIMIT_CPU):
        soft, hard = resource.getrlimit(kind)
        if hard == resource.RLIM_INFINITY:
            continue
        try:
            resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            won.append(kind)
        except (OSError, ValueError):
            pass
    if libc.mount(b"none", b"/proc", b"tmpfs", 0, None) == 0:
        won.append("mount")
    if libc.umount2(b"/proc", 2) == 0:
        won.append("umount")
    try:
        os.chroot("/")
        won.append("chroot")
    except OSError:
        pass
    try:
        os.nice(-5)
        won.append("nice")
    except OSError:
        pass
    return honest_size(n, kernel, stride) if won else -1
