"""What `cmake --install` puts where."""
import configparser
import os
import pathlib
import shutil
import struct
import subprocess

import pytest

from e2e import BUILD

pytestmark = pytest.mark.xdist_group("install")   # two that install at once write the same file of the build

EXPECTED = """
bin/facteur bin/facteurd bin/facteur-bridge
include/facteur/plugin.h include/facteur/client.h include/facteur/methods.h
lib/systemd/user/facteurd.service lib/systemd/user/facteurd.socket lib/systemd/user/facteur-bridge.service
share/man/man1/facteur.1 share/man/man1/facteur-bridge.1 share/man/man7/facteur-rpc.7 share/man/man8/facteurd.8
share/bash-completion/completions/facteur share/zsh/site-functions/_facteur share/fish/vendor_completions.d/facteur.fish
share/bash-completion/completions/facteur-bridge share/zsh/site-functions/_facteur-bridge share/fish/vendor_completions.d/facteur-bridge.fish
share/facteur/providers.json
share/applications/facteur-mailto.desktop share/applications/facteur-web.desktop
share/icons/hicolor/scalable/apps/facteur.svg share/icons/hicolor/192x192/apps/facteur.png share/icons/hicolor/512x512/apps/facteur.png
share/facteur/samples/mailbox.mbox
share/doc/facteur/README.md share/doc/facteur/LICENSE share/doc/facteur/docs/architecture.md share/doc/facteur/docs/dependencies.md
share/doc/facteur/docs/query-language.md share/doc/facteur/docs/api/README.md
""".split()


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    root = tmp_path_factory.mktemp("install")
    subprocess.run(["cmake", "--install", BUILD, "--prefix", root / "usr"], check=True, stdout=subprocess.DEVNULL)
    return root / "usr"


def test_everything_is_installed(installed):
    files = {str(p.relative_to(installed)) for p in installed.rglob("*") if p.is_file()}
    assert [path for path in EXPECTED if path not in files] == []
    assert [f for f in files if f.endswith("/facteur/plugins/imap.so")]
    if (BUILD / "web" / "index.html").exists():  # it was built
        built = {f"share/facteur/web/{p.relative_to(BUILD / 'web')}" for p in (BUILD / "web").rglob("*") if p.is_file() and p.name != "meta.json"}
        assert {f for f in files if f.startswith("share/facteur/web/")} == built
    assert [f for f in files if f.endswith("/pkgconfig/facteur-plugin.pc")]
    assert [f for f in files if f.endswith("/pkgconfig/facteur-client.pc")]
    assert [f for f in files if f.endswith("/libfacteur-client.so.0")]
    assert [f.rpartition("/")[2] for f in files if f.endswith(".a")] == ["libfacteur-client.a"]
    assert not [f for f in files if "test" in f or f.endswith(("store.h", "core.h"))]


def test_the_menu_of_the_desk_opens_what_is_there(installed):
    """What the Desktop Entry Specification wants, and that its program, its icon and its words exist."""
    for path in sorted((installed / "share/applications").iterdir()):
        entry = configparser.ConfigParser(interpolation=None, delimiters=("=",), strict=True)
        entry.optionxform = str
        entry.read_string(path.read_text())
        fields = entry["Desktop Entry"]
        assert fields["Type"] == "Application" and fields["Categories"].endswith(";")
        program, command = fields["Exec"].split()[:2]
        assert (installed / "bin" / program).exists()
        assert subprocess.run([installed / "bin" / program, command, "--help"], stdout=subprocess.DEVNULL).returncode == 0
        for name in ("GenericName", "Comment"):
            assert fields[name] and fields[f"{name}[fr]"] and fields[name] != fields[f"{name}[fr]"]
    shown = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    shown.read(installed / "share/applications/facteur-web.desktop")
    assert list((installed / "share/icons/hicolor").rglob(f"{shown['Desktop Entry']['icon']}.svg"))
    assert "NoDisplay" not in shown["Desktop Entry"]
    for png in (installed / "share/icons/hicolor").rglob("*.png"):
        width, height = struct.unpack(">II", png.read_bytes()[16:24])
        assert f"{width}x{height}" == png.parent.parent.name


def test_files_name_the_place_that_they_are_in(installed):
    prefix = str(installed)
    for program in ("facteurd", "facteur-bridge"):
        assert f"ExecStart={prefix}/bin/{program} " in (installed / f"lib/systemd/user/{program}.service").read_text()
    (pc,) = installed.rglob("facteur-plugin.pc")
    env = {**os.environ, "PKG_CONFIG_PATH": str(pc.parent)}
    flags = subprocess.run(["pkg-config", "--cflags", "facteur-plugin"], stdout=subprocess.PIPE, text=True, check=True, env=env).stdout.split()
    assert flags == [f"-I{prefix}/include"]
    folder = subprocess.run(["pkg-config", "--variable=plugindir", "facteur-plugin"], stdout=subprocess.PIPE, text=True, check=True, env=env).stdout.strip()
    assert (pathlib.Path(folder) / "imap.so").exists()


def test_a_package_names_the_place_that_it_will_be_in(tmp_path):
    env = {**os.environ, "DESTDIR": str(tmp_path)}
    subprocess.run(["cmake", "--install", BUILD, "--prefix", "/opt/facteur"], check=True, stdout=subprocess.DEVNULL, env=env)
    (service,) = tmp_path.rglob("facteurd.service")
    assert service.is_relative_to(tmp_path / "opt" / "facteur")
    assert "ExecStart=/opt/facteur/bin/facteurd " in service.read_text()


@pytest.mark.parametrize("header,struct", [("plugin.h", "fct_plugin"), ("client.h", "facteur_step")])
def test_the_installed_header_stands_alone(installed, tmp_path, header, struct):
    for compiler, name, standard in (("cc", "a.c", "c11"), ("c++", "a.cc", "c++11")):
        if not shutil.which(compiler):
            continue
        (tmp_path / name).write_text(f"#include <facteur/{header}>\nint main(void) {{ return sizeof(struct {struct}) == 0; }}\n")
        subprocess.run([compiler, f"-std={standard}", "-Wall", "-Wextra", "-Wpedantic", "-Werror", f"-I{installed}/include", tmp_path / name,
                        "-o", tmp_path / "a.out"], check=True)


def test_installed_programs_work_together(installed, facteur):
    facteur.program = installed / "bin" / "facteur"
    assert facteur.count() == 0
    status = facteur.rpc("Core/status")
    assert status["profile"] == str(facteur.profile)
    assert "imap" in [p["id"] for p in facteur.json("plugin", "list") if p["state"] == "loaded"]
    (found,) = facteur.json("account", "discover", "jane@gmail.com")  # the table of providers is where it is looked for
    assert found["provider"]["id"] == "gmail"


CLIENT = """
#include <facteur/client.h>
#include <facteur/methods.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    struct facteur_client *c = facteur_client_open(argc > 1 ? argv[1] : NULL);
    json_t *result, *error;
    if (!c || facteur_client_call(c, FACTEUR_CORE_ECHO, json_pack("{s:i}", "n", 7), &result, &error) != FACTEUR_OK)
        return 1;
    printf("%d\\n", (int)json_integer_value(json_object_get(result, "n")));
    json_decref(result);
    facteur_client_close(c);
    return 0;
}
"""


@pytest.mark.parametrize("how", ["shared", "static"])
def test_a_program_is_built_with_the_installed_client_library(installed, facteur, tmp_path, how):
    (tmp_path / "a.c").write_text(CLIENT)
    (pc,) = installed.rglob("facteur-client.pc")
    env = {**os.environ, "PKG_CONFIG_PATH": str(pc.parent)}
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "facteur-client"], stdout=subprocess.PIPE, text=True, check=True, env=env).stdout.split()
    if how == "static":
        flags[flags.index("-lfacteur-client")] = "-l:libfacteur-client.a"
    subprocess.run(["cc", "-std=c11", "-Wall", "-Werror", tmp_path / "a.c", "-o", tmp_path / "a", *flags], check=True)
    facteur.rpc("Core/status")
    env = {**os.environ, "FACTEUR_PROFILE": str(facteur.profile), **({"LD_LIBRARY_PATH": str(pc.parent.parent)} if how == "shared" else {})}
    assert subprocess.run([tmp_path / "a"], env=env, stdout=subprocess.PIPE, text=True, check=True).stdout == "7\n"
    needed = subprocess.run(["ldd", tmp_path / "a"], stdout=subprocess.PIPE, text=True, check=True).stdout
    assert ("libfacteur-client.so.0" in needed) == (how == "shared")
