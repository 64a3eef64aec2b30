"""How many processes a fit has: those that torchrun started, else those that the options ask for."""

import os

from torch import distributed

from fundusfm.errors import ConfigError


def started_processes(devices: int, nodes: int) -> tuple[int, int]:
    """Returns the processes per host and the hosts of this run.

    Args:
        devices: What --devices says.
        nodes: What --nodes says.

    Raises:
        ConfigError: The options contradict what was started, or the hosts have different numbers of processes.
    """
    if distributed.is_torchelastic_launched():
        here, hosts = int(os.environ["LOCAL_WORLD_SIZE"]), int(os.environ["GROUP_WORLD_SIZE"])
        if here * hosts != int(os.environ["WORLD_SIZE"]):
            raise ConfigError(
                f"torchrun started {os.environ['WORLD_SIZE']} processes on {hosts} hosts, {here} of them on this one: "
                "give the same --nproc-per-node on every host."
            )
        if (devices, nodes) not in ((1, 1), (here, hosts)):
            raise ConfigError(
                f"torchrun started {here} processes on each of {hosts} hosts, but --devices is {devices} and --nodes "
                f"is {nodes}: leave both out."
            )
        return here, hosts
    if devices * nodes == 1 and int(os.environ.get("SLURM_PROCID", "0")):
        raise ConfigError(
            f"SLURM started {os.environ.get('SLURM_NTASKS', 'several')} tasks, but --devices and --nodes ask for one "
            "process: give them as srun has --ntasks-per-node and --nodes, or start one torchrun per host."
        )
    return devices, nodes
