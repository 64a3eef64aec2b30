"""`fundusfm weights publish`: a bundle goes to the Hugging Face Hub. Imports no torch."""


def publish_weights(*, weights: str, to: str, private: bool = False) -> str:
    """Uploads a bundle to a repository on the Hugging Face Hub, from where timm and `weights import` load it.

    The bundle's own files are sent and nothing that lies beside them. Its README becomes the model card. The token is
    the one of `hf auth login` or `HF_TOKEN`; `HF_ENDPOINT` names another Hub.

    Args:
        weights: A bundle's path, or a name from `fundusfm weights list`.
        to: hf:OWNER/REPO, made if it does not exist, or hf:OWNER/REPO@BRANCH of one that does.
        private: Only for those who have access to the repository.

    Returns:
        The address of the commit.

    Raises:
        WeightsError: There is no such bundle, it is damaged or without terms of use, the Hub refuses, or the
            repository is public and was to be private.
        ConfigError: `to` is no repository.
    """
    options = dict(locals())
    from fundusfm.models.hub.publish import run_publish

    return run_publish(**options)
