"""What was opened before all other tests (lasting.py) still hears."""


def test_connections_that_are_quiet_for_long_are_told_all_the_same(world):
    world.lasting.wait()
    state = world.owner.call("Mailbox/set", accountId="a1", create={"k": {"name": "long after"}})["newState"]
    for s in world.lasting.sockets:
        while True:
            opcode, payload = s.read_frame()
            assert opcode in (1, 9), payload    # a StateChange, or a ping
            if opcode == 1 and state.encode() in payload:
                break
    while f'"{state}"'.encode() not in world.lasting.told():
        world.lasting.http2.receive()
