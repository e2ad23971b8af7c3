"""What WeasyPrint 70 leaves out of an accessible archival PDF, put in afterwards, and the file written reproducibly.

Items stand straight in their lists (PDF/UA-1, Matterhorn 09), headers of tables get their scope (15-003), running
heads and page numbers become artifacts (01-003), the file says that it is PDF/UA and describes that statement for
PDF/A (ISO 19005-3, 6.6.2.3), and embedded files get their media types (ISO 19005-3, 6.8).
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any

import pikepdf
from pikepdf import Array, ContentStreamInstruction, Dictionary, Name, Object, Operator, Pdf

_UA_NAMESPACE = "http://www.aiim.org/pdfua/ns/id/"

# Made once: a page has thousands of instructions, a report tens of thousands of elements.
_LIST, _HEADER, _HEAD, _BEGIN = Name.L, Name.TH, Name.THead, Operator("BDC")

_UA_STATEMENT = f"""
<rdf:Description rdf:about="" xmlns:pdfuaid="{_UA_NAMESPACE}"><pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about=""
    xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
    xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
    xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
  <pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
    <pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>
    <pdfaSchema:namespaceURI>{_UA_NAMESPACE}</pdfaSchema:namespaceURI>
    <pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
    <pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
      <pdfaProperty:name>part</pdfaProperty:name>
      <pdfaProperty:valueType>Integer</pdfaProperty:valueType>
      <pdfaProperty:category>internal</pdfaProperty:category>
      <pdfaProperty:description>Part of ISO 14289 that the file conforms to</pdfaProperty:description>
    </rdf:li></rdf:Seq></pdfaSchema:property>
  </rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
"""


def finish(pdf: bytes, media_types: Mapping[str, str]) -> bytes:
    """`pdf` as WeasyPrint wrote it, completed; `media_types` are those of the attachments, by name."""
    with Pdf.open(io.BytesIO(pdf)) as document:
        reachable = _complete_structure(document)
        _turn_running_heads_into_artifacts(document, reachable)
        _state_accessibility(document)
        _type_attachments(document, media_types)
        result = io.BytesIO()
        document.save(
            result,
            deterministic_id=True,
            linearize=False,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    return result.getvalue()


def structure_elements(document: Pdf) -> Iterator[tuple[Dictionary, bool]]:
    """Every structure element that the root leads to, in reading order, and whether it is in the head of a table."""
    pending: list[tuple[Object, bool]] = [(document.Root.StructTreeRoot.K, False)]
    while pending:
        node, in_head = pending.pop()
        if isinstance(node, Array):
            pending.extend((child, in_head) for child in reversed(list(node)))
            continue
        if not isinstance(node, Dictionary) or "/S" not in node:
            continue
        inside = in_head or node.S == _HEAD
        yield node, inside
        if "/K" in node:
            pending.append((node.K, inside))


def embedded_font_names(pdf: bytes) -> set[str]:
    """The PostScript names of the fonts embedded in `pdf`, without the tag of the subset."""
    with Pdf.open(io.BytesIO(pdf)) as document:
        return {
            str(item.FontName).lstrip("/").split("+", 1)[-1]
            for item in document.objects
            if isinstance(item, Dictionary) and item.get("/Type") == Name.FontDescriptor and "/FontName" in item
        }


def _items_of(node: Dictionary, parent: Dictionary) -> Iterator[Object]:
    for kid in node.K:
        if isinstance(kid, Dictionary) and kid.get("/S") == Name.Div and isinstance(kid.get("/K"), Array):
            yield from _items_of(kid, parent)
        else:
            if isinstance(kid, Dictionary) and "/P" in kid:
                kid["/P"] = parent
            yield kid


def _complete_structure(document: Pdf) -> set[tuple[int, int]]:
    """Put items straight into lists, and say of header cells what they head; the objects of the tree that is left.

    HTML allows groups between a definition list and its items, PDF does not: they are taken out before the walk goes
    on into the list.
    """
    reachable: set[tuple[int, int]] = set()
    for element, in_head in structure_elements(document):
        if element.is_indirect:
            reachable.add(element.objgen)
        kind = element.S
        if kind == _LIST and isinstance(element.get("/K"), Array):
            element["/K"] = Array(_items_of(element, element))
        elif kind == _HEADER:
            attributes = element.get("/A", Dictionary(O=Name.Table))
            attributes["/Scope"] = Name.Column if in_head else Name.Row
            element["/A"] = attributes
    return reachable


def _turn_running_heads_into_artifacts(document: Pdf, reachable: set[tuple[int, int]]) -> None:
    """WeasyPrint marks the content of margin boxes as text, but leaves its elements out of the tree."""
    owners_by_key = dict(_number_tree(document.Root.StructTreeRoot.ParentTree))
    for page in document.pages:
        if "/StructParents" not in page.obj:
            continue
        owners = owners_by_key[int(page.obj.StructParents)]
        orphans = {
            number
            for number, owner in enumerate(owners)
            if isinstance(owner, Dictionary) and owner.is_indirect and owner.objgen not in reachable
        }
        if orphans:
            instructions = [
                _as_artifact(one, orphans) if one.operator == _BEGIN else one
                for one in pikepdf.parse_content_stream(page)
            ]
            page.obj["/Contents"] = document.make_stream(pikepdf.unparse_content_stream(instructions))


def _number_tree(node: Any) -> Iterator[tuple[int, Any]]:
    numbers = node.get("/Nums", Array())
    for index in range(0, len(numbers), 2):
        yield int(numbers[index]), numbers[index + 1]
    for kid in node.get("/Kids", Array()):
        yield from _number_tree(kid)


def _as_artifact(instruction: Any, orphans: set[int]) -> Any:
    properties = instruction.operands[1]
    if not isinstance(properties, Dictionary) or int(properties.get("/MCID", -1)) not in orphans:
        return instruction
    return ContentStreamInstruction([Name.Artifact, Dictionary(Type=Name.Pagination)], _BEGIN)


def _state_accessibility(document: Pdf) -> None:
    metadata = document.Root.Metadata.read_bytes().decode("utf-8")
    if _UA_NAMESPACE not in metadata:
        metadata = metadata.replace("</rdf:RDF>", _UA_STATEMENT.strip() + "</rdf:RDF>")
    stream = document.make_stream(metadata.encode("utf-8"))
    stream["/Type"] = Name.Metadata
    stream["/Subtype"] = Name.XML
    document.Root["/Metadata"] = stream


def _type_attachments(document: Pdf, media_types: Mapping[str, str]) -> None:
    for specification in document.Root.get("/AF", Array()):
        name = str(specification.get("/UF", specification.get("/F")))
        if name in media_types:
            specification["/EF"]["/F"]["/Subtype"] = Name("/" + media_types[name])
