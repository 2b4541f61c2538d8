# Exit handlers, finalizers and __del__ that loop or answer again after the worker's work is done.
# attacks: output_size
import atexit
import weakref


class Undying:
    def __del__(self):
        global undying
        undying = Undying()
        try:
            forge(packed(status="ok", value=54))
        except Exception:
            pass


def output_size(n, kernel, stride=1):
    atexit.register(lambda: forge(packed(status="ok", value=honest_size(n, kernel, stride))))
    weakref.finalize(Undying, lambda: forge(packed(status="ok", value=54)))
    Undying()
    return -1
