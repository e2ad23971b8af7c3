"""`casework export`: files for people outside, such as the bundle of evidence of a case."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from casework.cli.opening import opened
from casework.cli.terminal import Fault, print_json

SIDES = ("staff", "uploader", "right-holder", "external-body")


@click.group()
def export() -> None:
    """Write files for people outside.

    Example: casework export bundle 609c0059-3ea8-5ab4-922a-eb7481785536 --out bundles
    """


@export.command()
@click.argument("case", type=click.UUID)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder for the files.")
@click.option("--side", type=click.Choice(SIDES), default="staff", show_default=True, help="Who is to read it.")
@click.option("--lang", "language", type=click.Choice(("zh", "en")), default="zh", show_default=True, help="Language.")
@click.option("--json", "as_json", is_flag=True, help="Print the names of the files as JSON.")
def bundle(case: object, out: Path, side: str, language: str, as_json: bool) -> None:
    """Write the bundle of evidence of CASE as a PDF and as a ZIP with a manifest of hashes.

    The same state of a case gives the same bytes.

    Example: casework export bundle 609c0059-3ea8-5ab4-922a-eb7481785536 --out bundles --side external-body
    """
    from uuid import UUID
    from zipfile import ZipFile

    from casework.domain.facts import Actor, Role
    from casework.letters.bundle import BUNDLE, Reader, bundle_for
    from casework.letters.bundle_files import zip_of
    from casework.reports.pdf import FontMissing
    from casework.views.language import Language, use_language

    case_id, reader = UUID(str(case)), Reader(side)
    roles = {Reader.UPLOADER: Role.UPLOADER, Reader.RIGHT_HOLDER: Role.RIGHT_HOLDER}
    with opened() as parts, use_language(Language(language)):
        actor = Actor(role=roles.get(reader, Role.COMPLIANCE), id="command-line")
        settings = parts.settings
        made = bundle_for(parts.casework, parts.previews, case_id, actor, reader, settings.zone, settings.platform_name)
        out.mkdir(parents=True, exist_ok=True)
        archive = out / f"bundle-{case_id}-{side}.zip"
        document = archive.with_suffix(".pdf")
        unfinished = archive.with_suffix(".zip.part")
        try:
            with unfinished.open("w+b") as file:
                zip_of(made, file)
            with ZipFile(unfinished) as written:
                document.write_bytes(written.read(BUNDLE))
            unfinished.replace(archive)
        except FontMissing as missing:
            raise Fault(str(missing)) from None
        finally:
            unfinished.unlink(missing_ok=True)
    if as_json:
        print_json({"files": [str(document), str(archive)]})
        return
    for path in (document, archive):
        click.echo(str(path))
