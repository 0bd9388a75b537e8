"""What was opened before all other tests (lasting.py) still hears."""
import time


def test_connections_that_are_quiet_for_long_are_told_all_the_same(world):
    world.lasting.wait()
    state = world.owner.call("Mailbox/set", accountId="a1", create={"k": {"name": "long after"}})["newState"]
    for texts in world.lasting.texts:
        until = time.monotonic() + 10
        while not any(state.encode() in t for t in texts if t):
            assert None not in texts, "the bridge closed the connection, or sent what is neither a text nor a ping"
            assert time.monotonic() < until, texts[-1:]
            time.sleep(0.02)
    until = time.monotonic() + 10
    while f'"{state}"'.encode() not in world.lasting.told():
        assert not world.lasting.is_lost and time.monotonic() < until, world.lasting.told()[-500:]
        time.sleep(0.02)
