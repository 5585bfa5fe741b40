//! What a container may use of the machine: the options that `run`, `create` and `update` have in common.

use super::{each, limit, maybe};
use crate::error::{Error, Result};
use crate::settings::{DeviceLimit, DeviceRate, Limits};

#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Limits")]
pub struct ResourceOptions {
    /// Limit memory
    #[arg(short, long, value_name = "SIZE")]
    memory: Option<String>,
    /// Limit memory and swap together; -1 for no limit
    #[arg(long, value_name = "SIZE", allow_negative_numbers = true)]
    memory_swap: Option<String>,
    /// Keep so much memory for the container when it is short
    #[arg(long, value_name = "SIZE")]
    memory_reservation: Option<String>,
    /// Limit CPU time, in CPUs
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["cpu_quota", "cpu_period"])]
    cpus: Option<String>,
    /// Limit CPU time, in microseconds per period
    #[arg(long, value_name = "MICROSECONDS", allow_negative_numbers = true)]
    cpu_quota: Option<i64>,
    /// The period of --cpu-quota
    #[arg(long, value_name = "MICROSECONDS", default_value_t = 100_000)]
    #[arg(value_parser = clap::value_parser!(u64).range(1000..=1_000_000))]
    cpu_period: u64,
    /// Relative weight against other containers
    #[arg(short, long, value_name = "WEIGHT")]
    cpu_shares: Option<u64>,
    /// Run on these CPUs, such as 0-3,5
    #[arg(long, value_name = "LIST")]
    cpuset_cpus: Option<String>,
    /// Use memory of these nodes, such as 0,1
    #[arg(long, value_name = "LIST")]
    cpuset_mems: Option<String>,
    /// Limit the number of processes; -1 for no limit
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    pids_limit: Option<String>,
    /// Relative weight of reading and writing, from 10 to 1000
    #[arg(long, value_name = "WEIGHT", value_parser = clap::value_parser!(u16).range(10..=1000))]
    blkio_weight: Option<u16>,
    /// Relative weight of reading and writing one device
    #[arg(long, value_name = "DEVICE:WEIGHT")]
    blkio_weight_device: Vec<String>,
    /// Limit reading from a device, in bytes per second
    #[arg(long, value_name = "DEVICE:SIZE")]
    device_read_bps: Vec<String>,
    /// Limit reading from a device, in operations per second
    #[arg(long, value_name = "DEVICE:NUMBER")]
    device_read_iops: Vec<String>,
    /// Limit writing to a device, in bytes per second
    #[arg(long, value_name = "DEVICE:SIZE")]
    device_write_bps: Vec<String>,
    /// Limit writing to a device, in operations per second
    #[arg(long, value_name = "DEVICE:NUMBER")]
    device_write_iops: Vec<String>,

    // Of the first version of control groups, and only for root.
    #[arg(long, hide = true)]
    memory_swappiness: Option<i64>,
    #[arg(long, hide = true)]
    oom_kill_disable: bool,
    #[arg(long, hide = true)]
    cpu_rt_period: Option<String>,
    #[arg(long, hide = true)]
    cpu_rt_runtime: Option<String>,
    #[arg(long, hide = true)]
    rdt_class: Option<String>,
}

impl ResourceOptions {
    /// Sets what was asked for, and leaves the rest as it is. `0` is no limit, for memory as for CPUs.
    pub fn apply(&self, limits: &mut Limits) -> Result<()> {
        self.refuse()?;
        set(&mut limits.memory, maybe("--memory", &self.memory, limit::size)?.map(unlimited_if_zero));
        let memory_swap = maybe("--memory-swap", &self.memory_swap, limit::size_or_unlimited)?;
        set(&mut limits.memory_swap, memory_swap.filter(|bytes| *bytes > 0));
        match (limits.memory, limits.memory_swap) {
            (None, Some(swap)) if swap != u64::MAX => {
                return Err(Error::usage("--memory-swap needs --memory, which it includes"));
            }
            (Some(memory), Some(swap)) if swap < memory && memory != u64::MAX => {
                return Err(Error::usage("--memory-swap is less than --memory, which it includes"));
            }
            _ => {}
        }
        let reservation = maybe("--memory-reservation", &self.memory_reservation, limit::size)?;
        set(&mut limits.memory_reservation, reservation.filter(|bytes| *bytes > 0));
        set(&mut limits.nano_cpus, self.nano_cpus()?);
        set(&mut limits.cpu_shares, self.cpu_shares.filter(|shares| *shares > 0));
        set(&mut limits.cpuset_cpus, maybe("--cpuset-cpus", &self.cpuset_cpus, number_list)?);
        set(&mut limits.cpuset_mems, maybe("--cpuset-mems", &self.cpuset_mems, number_list)?);
        set(&mut limits.pids, maybe("--pids-limit", &self.pids_limit, limit::pids)?);
        set(&mut limits.blkio_weight, self.blkio_weight);
        self.apply_devices(limits)
    }

    fn nano_cpus(&self) -> Result<Option<u64>> {
        Ok(match self.cpu_quota {
            Some(quota) if quota > 0 => {
                Some((u128::from(quota.unsigned_abs()) * 1_000_000_000 / u128::from(self.cpu_period)) as u64)
            }
            Some(_) => Some(u64::MAX),
            None => maybe("--cpus", &self.cpus, limit::cpus)?.map(|cpus| cpus.unwrap_or(u64::MAX)),
        })
    }

    fn apply_devices(&self, limits: &mut Limits) -> Result<()> {
        let amounts = [
            ("--blkio-weight-device", &self.blkio_weight_device, DeviceRate::Weight),
            ("--device-read-bps", &self.device_read_bps, DeviceRate::BytesRead),
            ("--device-read-iops", &self.device_read_iops, DeviceRate::Reads),
            ("--device-write-bps", &self.device_write_bps, DeviceRate::BytesWritten),
            ("--device-write-iops", &self.device_write_iops, DeviceRate::Writes),
        ];
        for (option, texts, rate) in amounts {
            for asked in each(option, texts, |text| device_limit(text, rate))? {
                limits.devices.retain(|known| (&known.path, known.rate) != (&asked.path, asked.rate));
                limits.devices.push(asked);
            }
        }
        Ok(())
    }

    fn refuse(&self) -> Result<()> {
        if self.memory_swappiness.is_some_and(|value| value != -1) || self.oom_kill_disable {
            crate::cli::print::warning(
                "--memory-swappiness and --oom-kill-disable change nothing: cgroup v2 has neither",
            );
        }
        if self.cpu_rt_period.is_some() || self.cpu_rt_runtime.is_some() {
            return Err(Error::usage("time of the real-time scheduler can be shared out by root and cgroup v1 only"));
        }
        if self.rdt_class.is_some() {
            return Err(Error::usage("classes of cache and memory bandwidth (RDT) can be assigned by root only"));
        }
        Ok(())
    }
}

fn set<T>(limit: &mut Option<T>, asked: Option<T>) {
    if asked.is_some() {
        *limit = asked;
    }
}

fn unlimited_if_zero(bytes: u64) -> u64 {
    if bytes == 0 { u64::MAX } else { bytes }
}

/// `/dev/sda:10mb`
fn device_limit(text: &str, rate: DeviceRate) -> Result<DeviceLimit> {
    let malformed = || Error::usage("expected DEVICE:AMOUNT with the absolute path of a device");
    let (path, amount) = text.rsplit_once(':').filter(|(path, _)| path.starts_with('/')).ok_or_else(malformed)?;
    let amount = match rate {
        DeviceRate::BytesRead | DeviceRate::BytesWritten => limit::size(amount)?,
        DeviceRate::Reads | DeviceRate::Writes => amount.parse().map_err(|_| malformed())?,
        DeviceRate::Weight => {
            amount.parse().ok().filter(|weight| (10..=1000).contains(weight)).ok_or_else(malformed)?
        }
    };
    Ok(DeviceLimit { path: path.to_owned(), rate, amount })
}

/// `0-3,5`
fn number_list(text: &str) -> Result<String> {
    let is_number = |text: &str| text.parse::<u16>().is_ok();
    let is_range =
        |part: &str| part.split_once('-').map_or(is_number(part), |(first, last)| is_number(first) && is_number(last));
    if text.split(',').all(is_range) {
        Ok(text.to_owned())
    } else {
        Err(Error::usage("expected a list of numbers such as 0-3,5"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_of_devices_name_the_device_and_an_amount() {
        let rate = |text, rate| device_limit(text, rate).ok().map(|limit| (limit.path, limit.amount));
        assert_eq!(rate("/dev/sda:1mb", DeviceRate::BytesRead), Some(("/dev/sda".to_owned(), 1 << 20)));
        assert_eq!(rate("/dev/sda:100", DeviceRate::Weight), Some(("/dev/sda".to_owned(), 100)));
        for (text, kind) in [
            ("sda:1", DeviceRate::Reads),
            ("/dev/sda", DeviceRate::Reads),
            ("/dev/sda:1mb", DeviceRate::Reads),
            ("/dev/sda:9", DeviceRate::Weight),
        ] {
            assert_eq!(rate(text, kind), None, "{text}");
        }
    }
}
