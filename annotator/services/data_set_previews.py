"""Show what a data set holds before it is imported, without a database."""

from dataclasses import dataclass
from pathlib import Path

from annotator.importing.native import MAX_BYTES, open_data_set
from annotator.services import histories


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSetPreview:
    """What is in a data set; ``left_out`` documents have no text, so that it cannot be imported by itself."""

    name: str
    documents: int
    units: int
    acts: int
    annotators: int
    codebooks: int
    left_out: int


def preview_data_set(path: Path, *, name: str, limit: int = MAX_BYTES) -> DataSetPreview:
    """Read a data set through, as an import would; ``limit`` bounds its bytes when unpacked.

    Raises
    ------
    InvalidInputError
        If it is no data set, a file in it is damaged, or the chain of acts does not hold.
    """
    with open_data_set(path, name=name, limit=limit) as data:
        documents = left_out = 0
        for row in data.documents():
            documents += 1
            left_out += row.get("text") is None
        return DataSetPreview(
            name=data.project["name"],
            documents=documents,
            units=sum(1 for _ in data.units()),
            acts=histories.check_chain(data.history(), source=name),
            annotators=len(data.project.get("annotators", [])),
            codebooks=len(data.codebook_texts),
            left_out=left_out,
        )
