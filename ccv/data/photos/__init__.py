"""Photographs in folders: found, looked at, decoded, and kept in a cache."""
