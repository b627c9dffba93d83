"""What the rooms lend each other, in one place: the checks that verifying uses, and who follows what."""

from collections.abc import Sequence
from functools import partial

from lims.accounts.followers import follow
from lims.audits.verification import check_audits
from lims.batches.verification import check_batches, check_memberships
from lims.custody.people import check_people, write_account_act
from lims.custody.verification import ProjectionCheck
from lims.custody.vocabulary import SubjectKind
from lims.imports.verification import check_runs
from lims.kits.verification import check_kits, check_tubes_without_history
from lims.labels.verification import check_badges
from lims.picking.verification import check_pick_lists
from lims.printing.service import stop_labels_of
from lims.printing.verification import check_copy_codes, check_jobs, check_printers
from lims.racks.verification import check_rack_scans
from lims.sequencing.verification import check_manifests
from lims.specimens.verification import check_collections, check_specimens
from lims.storage.devices import check_devices
from lims.storage.verification import check_containers, check_placements
from lims.studies.followers import follow_withdrawals
from lims.studies.verification import check_participants, check_studies
from lims.temperatures.verification import check_temperatures


def connect_rooms() -> None:
    """Let the ledger be told of what happens to accounts, and the print queue of who withdrew. Doing it twice is doing it once."""
    follow(write_account_act)
    follow_withdrawals(stop_labels_of)


def ledger_checks() -> dict[SubjectKind, Sequence[ProjectionCheck]]:
    """By the kind of thing, what its histories are compared with."""
    return {
        SubjectKind.PERSON: (check_people, check_badges),
        SubjectKind.STUDY: (check_studies,),
        SubjectKind.PARTICIPANT: (check_participants,),
        SubjectKind.COLLECTION: (check_collections,),
        SubjectKind.SPECIMEN: (
            check_specimens,
            check_tubes_without_history,
            check_placements,
            check_memberships,
            partial(check_copy_codes, SubjectKind.SPECIMEN),
        ),
        SubjectKind.CONTAINER: (
            check_containers,
            partial(check_copy_codes, SubjectKind.CONTAINER),
            check_rack_scans,
            check_temperatures,
        ),
        SubjectKind.BATCH: (check_batches,),
        SubjectKind.MANIFEST: (check_manifests,),
        SubjectKind.IMPORT: (check_runs,),
        SubjectKind.PRINTER: (check_printers,),
        SubjectKind.PRINT_JOB: (check_jobs,),
        SubjectKind.AUDIT: (check_audits,),
        SubjectKind.PICK_LIST: (check_pick_lists,),
        SubjectKind.DEVICE: (check_devices,),
        SubjectKind.KIT: (
            check_kits,
            partial(check_copy_codes, SubjectKind.KIT),
        ),
    }
