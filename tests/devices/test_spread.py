import pytest

from ccv import devices
from ccv.devices import spread


@pytest.mark.parametrize("wrong", ["CPU:0", 3, [0, 1]])
def test_devices_are_a_list_of_names(wrong):
    with pytest.raises(TypeError, match="must be a list of names"):
        devices.strategy(wrong)


def test_a_device_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match=r"no device 'GPU:97' here: choose from .*cpu:0"):
        devices.strategy(["CPU:0", "GPU:97"])


def test_a_device_may_be_named_in_several_ways():
    known = ["/device:CPU:0", "/device:GPU:1"]
    for names in (["CPU:0", "gpu:1"], ["/cpu:0"], ["/device:CPU:0"], ["/job:localhost/replica:0/task:0/device:GPU:1"]):
        assert spread._checked(names, known) == names
    assert spread._checked(None, known) == []


def test_a_damaged_environment_is_told(monkeypatch):
    monkeypatch.setenv("TF_CONFIG", "{bad")
    with pytest.raises(RuntimeError, match=r"TF_CONFIG='\{bad' is not the JSON object"):
        devices.strategy()
    monkeypatch.setenv("TF_CONFIG", "[]")
    with pytest.raises(RuntimeError, match="is not the JSON object"):
        devices.strategy()
    monkeypatch.setenv("KERAS_DISTRIBUTION_NUM_PROCESSES", "two")
    with pytest.raises(RuntimeError, match="NUM_PROCESSES=two must be a whole number"):
        devices.join()
