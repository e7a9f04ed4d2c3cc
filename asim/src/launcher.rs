//! Whether this process is one of several copies of the program that a launcher started.
//!
//! Launchers of MPI programs (`mpirun`, `mpiexec`, `srun`) start the same program several times and say by
//! environment variables how many copies there are. A program that knows nothing of that would make the
//! whole experiment in each copy, and all would write the same files at once.

use std::env;
use std::fmt;

/// The launcher that started this process, as its environment variables tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Launcher {
    /// What people call it.
    pub(crate) name: &'static str,
    /// How many copies it started. `None` if it does not say.
    pub(crate) copies: Option<u64>,
    /// Which of them this is. The first is 0.
    pub(crate) rank: u64,
    /// Whether the copies can reach each other by MPI.
    pub(crate) by_mpi: bool,
}

/// Why a copy must not go on alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TooManyCopies {
    launcher: Launcher,
    has_mpi: bool,
}

impl TooManyCopies {
    /// Returns `true` if this copy shall say so, and fail. Launchers end all copies as soon as one fails, so the others
    /// must be silent and not fail.
    pub(crate) fn is_for_this_copy(&self) -> bool {
        self.launcher.rank == 0
    }
}

/// The variables of a launcher: its name, how many copies, and which one.
type Variables = (&'static str, &'static str, &'static str);

/// Launchers that speak MPI. They are asked in this order: a launcher inside an allocation of Slurm sees the
/// variables of Slurm too.
const BY_MPI: [Variables; 3] = [
    // https://docs.open-mpi.org/en/v5.0.x/tuning-apps/environment-var.html
    ("mpirun", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"),
    ("mpirun", "MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK"),
    // MPICH and Intel MPI by Hydra; Slurm by `--mpi=pmi2`.
    ("mpiexec", "PMI_SIZE", "PMI_RANK"),
];

impl Launcher {
    /// Returns the launcher of this process, or `None` if it was started alone.
    pub(crate) fn of_this_process() -> Option<Launcher> {
        Launcher::by_variables(|name| env::var(name).ok())
    }

    fn by_variables(variable: impl Fn(&str) -> Option<String>) -> Option<Launcher> {
        let number = |name: &str| variable(name)?.trim().parse::<u64>().ok();
        for (name, copies, rank) in BY_MPI {
            if let (Some(copies), Some(rank)) = (number(copies), number(rank)) {
                return Some(Launcher { name, copies: Some(copies), rank, by_mpi: true });
            }
        }
        // The script of a batch job is no step: it has a `SLURM_PROCID`, but no `SLURM_STEP_NUM_TASKS`.
        let copies = number("SLURM_STEP_NUM_TASKS");
        // `srun --mpi=pmix`, which does not say how many copies there are.
        if let Some(rank) = number("PMIX_RANK") {
            let name = if copies.is_some() { "srun" } else { "the launcher" };
            return Some(Launcher { name, copies, rank, by_mpi: true });
        }
        let (copies, rank) = (copies?, number("SLURM_PROCID")?);
        Some(Launcher { name: "srun", copies: Some(copies), rank, by_mpi: false })
    }

    /// Returns whether the copies shall share the work by MPI.
    #[cfg(feature = "mpi")]
    pub(crate) fn shares_by_mpi(&self) -> bool {
        self.by_mpi && cfg!(feature = "mpi")
    }

    /// Says whether this copy can make the experiment alone.
    ///
    /// # Errors
    ///
    /// [`TooManyCopies`] if there are others that would make the same.
    pub(crate) fn check_alone(&self) -> Result<(), TooManyCopies> {
        let alone = self.copies.map_or(self.rank == 0, |copies| copies <= 1);
        if alone {
            return Ok(());
        }
        Err(TooManyCopies { launcher: self.clone(), has_mpi: cfg!(feature = "mpi") })
    }
}

impl fmt::Display for TooManyCopies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Launcher { name, copies, by_mpi, .. } = &self.launcher;
        match copies {
            Some(copies) => write!(f, "{name} started {copies} copies of this program")?,
            None => write!(f, "{name} started several copies of this program")?,
        }
        f.write_str(", and each would make the whole experiment: ")?;
        match (by_mpi, self.has_mpi) {
            (true, _) => f.write_str("build it with the feature `mpi` of asim")?,
            (false, true) => write!(f, "let {name} connect them by MPI (`{name} --mpi=pmix`)")?,
            (false, false) => write!(
                f,
                "build it with the feature `mpi` of asim and let {name} connect them \
                 (`{name} --mpi=pmix`)"
            )?,
        }
        f.write_str(", start one copy, or give each its part by --shard")
    }
}

impl std::error::Error for TooManyCopies {}

#[cfg(test)]
mod tests {
    use super::*;

    fn launcher(variables: &[(&str, &str)]) -> Option<Launcher> {
        Launcher::by_variables(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_process_without_launcher_is_alone() {
        assert_eq!(launcher(&[]), None);
        assert_eq!(launcher(&[("OMPI_COMM_WORLD_SIZE", "many")]), None);
        assert_eq!(launcher(&[("OMPI_COMM_WORLD_SIZE", "4")]), None, "no rank");
    }

    #[test]
    fn the_script_of_a_batch_job_is_alone() {
        let script = [("SLURM_NTASKS", "4"), ("SLURM_PROCID", "0"), ("SLURM_JOB_ID", "17")];
        assert_eq!(launcher(&script), None);
    }

    #[test]
    fn each_launcher_is_known_by_its_variables() {
        for (size, rank) in [
            ("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"),
            ("MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK"),
            ("PMI_SIZE", "PMI_RANK"),
        ] {
            let found = launcher(&[(size, "4"), (rank, "3")]).unwrap();
            assert_eq!((found.copies, found.rank, found.by_mpi), (Some(4), 3, true), "{size}");
        }
    }

    #[test]
    fn srun_with_and_without_mpi() {
        let step = [("SLURM_STEP_NUM_TASKS", "4"), ("SLURM_PROCID", "2")];
        let without = launcher(&step).unwrap();
        assert_eq!((without.name, without.copies, without.by_mpi), ("srun", Some(4), false));
        let with = launcher(&[step[0], step[1], ("PMIX_RANK", "2")]).unwrap();
        assert_eq!((with.name, with.copies, with.rank, with.by_mpi), ("srun", Some(4), 2, true));
    }

    #[test]
    fn mpirun_inside_a_step_counts_as_mpirun() {
        let found = launcher(&[
            ("SLURM_STEP_NUM_TASKS", "1"),
            ("SLURM_PROCID", "0"),
            ("PMIX_RANK", "1"),
            ("OMPI_COMM_WORLD_SIZE", "2"),
            ("OMPI_COMM_WORLD_RANK", "1"),
        ]);
        assert_eq!(found.map(|found| found.copies), Some(Some(2)));
    }

    #[test]
    fn one_copy_goes_on_alone_and_one_of_several_does_not() {
        let one = Launcher { name: "mpirun", copies: Some(1), rank: 0, by_mpi: true };
        assert_eq!(one.check_alone(), Ok(()));
        let several = Launcher { copies: Some(4), ..one.clone() };
        assert!(several.check_alone().is_err(), "the first of several neither");
        let unsaid = Launcher { copies: None, ..one };
        assert_eq!(unsaid.check_alone(), Ok(()));
        assert!(Launcher { rank: 1, ..unsaid }.check_alone().is_err());
    }

    #[test]
    fn the_refusal_says_what_to_do() {
        let says = |by_mpi, has_mpi| {
            let name = if by_mpi { "mpirun" } else { "srun" };
            let launcher = Launcher { name, copies: Some(4), rank: 1, by_mpi };
            TooManyCopies { launcher, has_mpi }.to_string()
        };
        assert_eq!(
            says(true, false),
            "mpirun started 4 copies of this program, and each would make the whole experiment: build it \
             with the feature `mpi` of asim, start one copy, or give each its part by --shard"
        );
        assert_eq!(
            says(false, true),
            "srun started 4 copies of this program, and each would make the whole experiment: let srun \
             connect them by MPI (`srun --mpi=pmix`), start one copy, or give each its part by --shard"
        );
        assert!(says(false, false).contains("feature `mpi` of asim and let srun connect them"));
    }
}
