"""Which storage keeps the evidence, as Django's STORAGES is told: a part of the settings."""

from __future__ import annotations

from typing import Any

CONNECT_SECONDS = 5
# Between two pieces of an answer; a whole picture or video may take longer.
READ_SECONDS = 20
TRIES = 2


def vault_storage(
    *,
    folder: str,
    bucket: str,
    endpoint_url: str,
    region: str,
    access_key: str,
    secret_key: str,
) -> dict[str, Any]:
    """A bucket if one is named, else the folder: nobody but its owner may read what is in it."""
    if not bucket:
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {
                "location": folder,
                "file_permissions_mode": 0o600,
                "directory_permissions_mode": 0o700,
            },
        }
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": endpoint_url or None,
            "region_name": region or None,
            "access_key": access_key or None,
            "secret_key": secret_key or None,
            "default_acl": None,  # the bucket's own: private
            "file_overwrite": True,  # keys are random; asking first would be a call more
            "client_config": _client_config(),
            "transfer_config": _transfer_config(),
        },
    }


def _client_config() -> Any:
    """Checksums only where a call must have one: stores that are not Amazon's refuse the others."""
    from botocore.config import Config  # 40 MB that a folder does not need

    return Config(
        signature_version="s3v4",
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": TRIES, "mode": "standard"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )


def _transfer_config() -> Any:
    """One streamed PUT for each file: parts sent side by side would each be held in memory."""
    from boto3.s3.transfer import TransferConfig

    return TransferConfig(use_threads=False, multipart_threshold=1024**3)
