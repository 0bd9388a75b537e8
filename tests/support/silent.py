"""A server that hangs: from the start, or in the middle of what it says."""
import contextlib
import socket
import threading


class Silent:
    """Takes connections, and relays `octets` of what the server on the port `behind` says on each, and then nothing more. Without
    `behind` it says nothing at all."""

    def __init__(self, behind=None, octets=0):
        self.behind, self.octets, self.sockets = behind, octets, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                client = self.listener.accept()[0]
                self.sockets.append(client)
                if self.behind:
                    server = socket.create_connection(("127.0.0.1", self.behind))
                    self.sockets.append(server)
                    threading.Thread(target=self.relay, args=(client, server, None), daemon=True).start()
                    threading.Thread(target=self.relay, args=(server, client, self.octets), daemon=True).start()

    def relay(self, source, target, left):
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                if left is not None:
                    data = data[:left]
                    left -= len(data)
                target.sendall(data)

    def close(self):
        for s in [self.listener, *self.sockets]:
            with contextlib.suppress(OSError):
                s.shutdown(socket.SHUT_RDWR)
            s.close()
