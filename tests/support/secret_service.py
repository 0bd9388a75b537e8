"""A Secret Service (org.freedesktop.secrets) on a bus of its own, for tests: what a desktop's keyring is to a program.

    with SecretService(directory) as s:
        ... DBUS_SESSION_BUS_ADDRESS=s.address ...
        s.items                  {path: {"attributes", "secret", "label"}}
        s.is_locked = True       the collection is locked, and whoever is asked to unlock it dismisses that
        s.is_silent = True       it answers nothing any more

Only the session algorithm "plain" is spoken: the bus is private.
"""
import shutil
import socket
import subprocess
import threading

DBUS_DAEMON = shutil.which("dbus-daemon")
ROOT = "/org/freedesktop/secrets"
COLLECTION = ROOT + "/collection/login"
NAME = "org.freedesktop.secrets"
CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:dir={dir}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""
PROPERTIES = {  # of the objects that libsecret makes proxies of
    ROOT: {"Collections": ("ao", [COLLECTION])},
    COLLECTION: {"Label": ("s", "Login"), "Created": ("t", 0), "Modified": ("t", 0)},
}


class SecretService:
    def __init__(self, directory):
        self.directory = directory
        self.items = {}
        self.is_locked = self.is_silent = False
        self.sessions = self.made = 0

    def __enter__(self):
        config = self.directory / "bus.conf"
        config.write_text(CONFIG.format(dir=self.directory))
        self.bus = subprocess.Popen([DBUS_DAEMON, f"--config-file={config}", "--nofork", "--print-address"], stdout=subprocess.PIPE, text=True)
        self.address = self.bus.stdout.readline().strip()
        self._connect()
        return self

    def _connect(self):
        from jeepney.io.blocking import open_dbus_connection  # only where the test runs
        from jeepney import message_bus
        self.connection = open_dbus_connection(self.address)
        self.connection.send_and_get_reply(message_bus.RequestName(NAME, 2))
        threading.Thread(target=self._serve, args=(self.connection,), daemon=True).start()

    def restart(self):
        """As after a crash: the items are there, the sessions and the connection's name are others."""
        self.connection.sock.shutdown(socket.SHUT_RDWR)
        self._connect()

    def __exit__(self, *_):
        self.bus.terminate()
        self.bus.wait()

    # ---- the wire ------------------------------------------------------------------------------------------------

    def _serve(self, connection):
        from jeepney import HeaderFields, MessageType, new_error, new_method_return
        while True:
            try:
                message = connection.receive()
            except Exception:  # the bus has gone
                return
            if message.header.message_type != MessageType.method_call or self.is_silent:
                continue
            fields = message.header.fields
            interface = fields.get(HeaderFields.interface, "").rpartition(".")[2]
            try:
                signature, body = self._call(fields[HeaderFields.path], interface, fields[HeaderFields.member], message.body)
                reply = new_method_return(message, signature, body)
            except Refused as e:
                reply = new_error(message, str(e), "s", ("refused",))
            connection.send(reply)

    def _call(self, path, interface, member, body):
        handler = getattr(self, f"_{interface}_{member}", None)
        if not handler:
            raise Refused("org.freedesktop.DBus.Error.UnknownMethod")
        return handler(path, *body)

    # ---- org.freedesktop.DBus.Properties -----------------------------------------------------------------------------

    def _properties(self, path):
        if path in self.items:
            item = self.items[path]
            return {"Label": ("s", item["label"]), "Attributes": ("a{ss}", item["attributes"]), "Locked": ("b", self.is_locked),
                    "Created": ("t", 0), "Modified": ("t", 0)}
        found = dict(PROPERTIES.get(path, {}))
        if path == COLLECTION:
            found.update(Items=("ao", list(self.items)), Locked=("b", self.is_locked))
        return found

    def _Properties_GetAll(self, path, interface):
        return "a{sv}", (self._properties(path),)

    def _Properties_Get(self, path, interface, name):
        return "v", (self._properties(path)[name],)

    # ---- org.freedesktop.Secret ----------------------------------------------------------------------------------------

    def _Service_OpenSession(self, path, algorithm, value):
        if algorithm != "plain":
            raise Refused("org.freedesktop.DBus.Error.NotSupported")
        self.sessions += 1
        return "vo", (("s", ""), f"{ROOT}/session/{self.sessions}")

    def _fitting(self, attributes):
        return [p for p, i in self.items.items() if attributes.items() <= i["attributes"].items()]

    def _Service_SearchItems(self, path, attributes):
        found = self._fitting(attributes)
        return "aoao", ([], found) if self.is_locked else (found, [])

    def _Service_GetSecrets(self, path, items, session):
        return "a{o(oayays)}", ({p: (session, b"", self.items[p]["secret"], "text/plain") for p in items if not self.is_locked},)

    def _Service_ReadAlias(self, path, name):
        return "o", (COLLECTION if name == "default" else "/",)

    def _Service_Unlock(self, path, objects):
        return "aoo", ([], ROOT + "/prompt/1") if self.is_locked else (objects, "/")

    def _Prompt_Prompt(self, path, window):
        from jeepney import DBusAddress, new_signal
        at = DBusAddress(path, interface="org.freedesktop.Secret.Prompt")
        threading.Timer(0.05, lambda: self.connection.send(new_signal(at, "Completed", "bv", (True, ("ao", []))))).start()
        return "", ()

    def _Prompt_Dismiss(self, path):
        return "", ()

    def _Collection_CreateItem(self, path, properties, secret, replace):
        if self.is_locked:
            raise Refused("org.freedesktop.Secret.Error.IsLocked")
        attributes = properties["org.freedesktop.Secret.Item.Attributes"][1]
        for old in self._fitting(attributes) if replace else []:
            del self.items[old]
        self.made += 1
        item = f"{COLLECTION}/{self.made}"
        self.items[item] = {"attributes": attributes, "label": properties["org.freedesktop.Secret.Item.Label"][1], "secret": bytes(secret[2])}
        return "oo", (item, "/")

    def _Item_Delete(self, path):
        if self.is_locked:
            raise Refused("org.freedesktop.Secret.Error.IsLocked")
        self.items.pop(path, None)
        return "o", ("/",)

    def _Item_GetSecret(self, path, session):
        return "(oayays)", ((session, b"", self.items[path]["secret"], "text/plain"),)


class Refused(Exception):
    pass
