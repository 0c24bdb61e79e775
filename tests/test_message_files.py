"""Messages in files, for a worker without a broker …"""

from __future__ import annotations

from pathlib import Path
from queue import Empty

import pytest
from celery import Celery

from saleor_wechat_returns import message_files


def test_that_are_empty_yet_end_nothing(tmp_path: Path) -> None:
    """kombu makes the file of a message before it writes the message."""
    folder = str(tmp_path)
    options = {"data_folder_in": folder, "data_folder_out": folder, "control_folder": folder}
    worker = Celery(set_as_current=False)
    worker.conf.broker_read_url = "filesystem://"
    worker.conf.broker_transport_options = options
    with worker.connection_for_read() as connection:
        assert isinstance(connection.transport, message_files.Transport)
        queue = connection.SimpleQueue("work")
        queue.put("look")
        (written,) = tmp_path.glob("*.msg")
        (tmp_path / f"0{written.name}").touch()

        with pytest.raises(Empty):
            queue.get(block=False)

        assert queue.get(block=False).payload == "look"
