"""Reads one file of an upload to disk while it arrives, counting and hashing it."""

from __future__ import annotations

import hashlib
from typing import IO, Any

from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.http import HttpRequest

from ..domain.errors import ErrorCode, refuse
from ..domain.file_types import HEAD_BYTES
from ..usecases.upload import Arrived


class OneFile(FileUploadHandler):
    """Takes one file part of up to `most` bytes, whatever its name; a second one is a fault."""

    def __init__(self, request: HttpRequest, kept: IO[bytes], *, most: int) -> None:
        super().__init__(request)
        self._kept, self.most = kept, most
        self._sha256 = hashlib.sha256()
        self._head = b""
        self._size = 0
        self._files = 0
        self._is_whole = False

    def arrived(self) -> Arrived:
        """The file, once the body was read. Raises Refusal."""
        if self._files > 1:
            raise refuse(ErrorCode.FILES_SEVERAL)
        if self._size > self.most:
            raise refuse(ErrorCode.FILE_TOO_LARGE)
        if not self._files:
            raise refuse(ErrorCode.FILE_MISSING)
        if not self._is_whole:
            raise refuse(ErrorCode.FILE_INCOMPLETE)
        return Arrived(self._kept, self._size, self._sha256.hexdigest(), self._head)

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._files += 1
        if self._files > 1:
            raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._size = start + len(raw_data)
        if self._size > self.most:
            raise StopUpload
        if start < HEAD_BYTES:
            self._head = (self._head + raw_data)[:HEAD_BYTES]
        self._sha256.update(raw_data)
        try:
            self._kept.write(raw_data)
        except OSError as full:
            raise refuse(ErrorCode.STORAGE_UNAVAILABLE) from full

    def file_complete(self, file_size: int) -> None:  # noqa: ARG002 - Django's name
        """Called once the boundary behind the file was read: none of it is missing."""
        self._is_whole = True
