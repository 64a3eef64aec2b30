"""Uploads are decoded in processes of their own, which end when a photograph takes too long or too much memory."""
