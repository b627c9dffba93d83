"""The refusals of the rooms as format strings, by their code, so that a page can put them in its own language.

``%(…)s`` are the error's own fields. In English the room's sentence is used as it is; these stand for the other languages.
"""

from lims.web.messages import later

REFUSALS: dict[str, str] = {
    "accounts.account-closed": later("The account of %(username)s is closed. Ask an administrator."),
    "accounts.already-answered": later("This was done already. Nothing to do."),
    "accounts.bad-expiry": later("A token lives 1 to 365 days."),
    "accounts.bad-scopes": later("The role may not give all of that to a token."),
    "accounts.bad-username": later("Take 2 to 32 small letters, digits, dots, dashes or underscores, a letter first."),
    "accounts.last-administrator": later("%(username)s is the last administrator. Make somebody else one first."),
    "accounts.link-not-valid": later("This link is used up or too old. Ask an administrator for a new one."),
    "accounts.not-allowed": later("Your role may not do this. Ask a coordinator or an administrator."),
    "accounts.operation-reused": later("This form was sent before with other content. Open the page again."),
    "accounts.sign-in-refused": later("Name and password do not fit. Check both and try again."),
    "accounts.too-many-tries": later("Too many tries. Wait %(seconds)s s, then try again."),
    "accounts.unknown-token": later("There is no token %(token_id)s."),
    "accounts.unknown-user": later("Nobody here is called %(username)s. Check the name."),
    "accounts.username-taken": later("%(username)s is somebody already. Choose another name."),
    "audits.bad-sample": later("Give 1 to %(most)s tubes; %(size)s were asked for."),
    "audits.ended": later("%(audit)s has ended: nothing more comes into it. Scan the box to begin another."),
    "audits.hole-claimed": later("%(other)s was scanned in %(position)s. Scan the hole that %(barcode)s lies in, then the tube."),
    "audits.not-drawn": later("%(barcode)s is not among the tubes of %(audit)s. Put it back, and scan the tube in the hole that is shown."),
    "audits.not-scanned": later("%(barcode)s was not scanned in %(audit)s: there is nothing to take back."),
    "audits.nothing-to-audit": later("%(container)s holds no tubes itself. Scan a box, or say how many tubes are to be drawn from it."),
    "audits.nothing-to-draw": later("No tube lies in %(container)s. Scan another freezer."),
    "audits.unknown": later("There is no audit %(given)s. Scan the box to begin one."),
    "batches.aliquot-in-batch": later("%(barcode)s is in %(batch)s already. Take it out there first, or scan another tube."),
    "batches.bad-batch": later("%(value)s cannot be: %(why)s."),
    "batches.closed": later("%(batch)s is closed. Open another batch."),
    "batches.full": later("%(wanted)s tubes and controls do not fit into %(size)s places. Leave some out, or open another batch."),
    "batches.not-in-batch": later("%(barcode)s is not in %(batch)s. Scan another tube."),
    "batches.not-usable": later("Not usable for %(assay)s: %(why)s. Leave them out."),
    "batches.nothing-free": later("Nothing for %(assay)s is left that was not batched before. Name the tubes, to work them again."),
    "batches.other-study": later("%(barcode)s is not of %(study)s. Scan another tube."),
    "batches.unknown": later("There is no batch %(given)s."),
    "custody.already-corrected": later("Act %(event_id)s is corrected already. Correct the correction instead."),
    "custody.in-the-future": later("%(occurred_at)s has not come yet. Give the time it happened."),
    "custody.reason-missing": later("Say why."),
    "custody.unknown-event": later("Act %(event_id)s is not in this history."),
    "database.migrations-missing": later("The database and the service are not of one version. Tell whoever runs the service."),
    "database.busy": later("Too many people write at this moment. Send it again; nothing was kept."),
    "outcome-unknown": later("The connection to the database was lost. Send it again: what was kept is not done twice."),
    "ids.malformed-code": later("Read as %(read)s: %(why)s Scan it again."),
    "ids.wrong-check-character": later("Scan it again. Read as %(read)s, and one character of that is wrong."),
    "scanning.wrong-check-character": later("Scan it again. Read as %(read)s, and one character of that is wrong."),
    "labels.badge-replaced": later("This badge of %(username)s was replaced. Scan the new one, and destroy this one."),
    "labels.not-a-badge": later("Read as %(read)s: that is nobody’s badge. Scan your badge, or type your name."),
    "labels.unknown-code": later("Read as %(read)s: nothing here has that code. Scan it again, or register it first."),
    "scanning.unknown-code": later("Read as %(read)s: nothing here has that code. Scan it again, or register it first."),
    "imports.another-kind": later("%(name)s maps %(kind)s files, and this is a %(wanted)s file. Give the mapping for it."),
    "imports.columns-missing": later("%(name)s has no column %(missing)s. Check the file, or write the column's name into the mapping."),
    "imports.file-unreadable": later("%(name)s cannot be read: %(why)s"),
    "imports.mapping-file": later("%(name)s has faults. What is wrong stands below, line by line."),
    "imports.no-shipped-mapping": later("No mapping %(name)s comes with the service. Give a file."),
    "imports.stumbled": later("The service failed at this file by a fault of its own. Tell an administrator: import %(run_id)s."),
    "imports.unknown-run": later("There is no import %(run_id)s."),
    "kits.closed": later("Nothing of kit %(kit)s waits to be filled. Take another kit."),
    "kits.collection-time-missing": later("Say when it was collected."),
    "kits.count-out-of-range": later("%(count)s kits at once is not possible. Make 1 to %(most)s."),
    "kits.not-bound": later("Kit %(kit)s is of the stock. Say for which participant and timepoint it is used."),
    "kits.not-of-this-kit": later("%(read)s is no tube of kit %(kit)s. Scan a tube of this kit, or register it without the kit."),
    "kits.nothing-planned": later("That is not planned at %(timepoint)s."),
    "kits.nothing-scanned": later("No tube was scanned. Scan the tubes that were filled, or void the kit."),
    "kits.nothing-to-make-it-of": later(
        "%(barcode)s is filled from %(made_of)s, and none was collected with this kit. Scan that tube too."
    ),
    "kits.of-another": later("Kit %(kit)s is labelled for %(owner)s, not for %(wanted_for)s. Take the right kit."),
    "kits.of-another-form": later("%(barcode)s of kit %(kit)s is labelled as %(labelled)s. Scan another tube."),
    "kits.of-another-study": later("Kit %(kit)s belongs to %(study)s. Take one of the participant's own study."),
    "kits.of-another-type": later("%(barcode)s is labelled for %(labelled_type)s, not for %(material)s. Scan another tube."),
    "kits.timepoint-missing": later("Say for which timepoint of %(participant)s the kit is."),
    "kits.tube-filled-already": later("%(barcode)s of kit %(kit)s is filled already. Scan another tube."),
    "kits.tube-void": later("%(barcode)s counts no more: kit %(kit)s was closed without it. Take a new tube, and destroy this label."),
    "kits.unknown": later("Read as %(read)s: that is no kit known here. Scan the kit's sheet again, or make the kit first."),
    "labels.code-given-twice": later("%(barcode)s is given twice. Each tube has a code of its own."),
    "labels.code-taken": later("%(barcode)s is on another thing already. A code is never used twice: take another tube or label."),
    "labels.code-not-usable": later("%(read)s cannot be a tube's code: %(why)s"),
    "labels.count-out-of-range": later("%(count)s labels were asked for. Ask for 1 to %(most)s at a time."),
    "labels.format-not-for-template": later("%(template)s cannot be had as %(format)s."),
    "labels.no-such-subject": later("This template is not for tubes or containers. Choose another."),
    "labels.resolution-not-for-template": later("%(template)s cannot be printed at %(dpi)s dpi."),
    "labels.symbol-data-refused": later("The code %(text)s cannot be printed as a barcode."),
    "labels.symbol-does-not-fit": later("The %(symbol)s of %(text)s does not fit this label at %(dpi)s dpi. Choose a larger label."),
    "labels.text-does-not-fit": later("%(text)s must stand on the label in full and does not fit. Choose a larger label."),
    "labels.template-not-found": later("There is no label template %(name)s."),
    "pairs.not-paired": later("%(assay)s has no pairs. Choose a paired assay."),
    "racks.another-rack": later("The file is of %(name)s, not of %(container)s. Open that box, or scan the right rack."),
    "racks.file-not-understood": later("%(name)s, %(where)s%(why)s"),
    "racks.has-no-holes": later("%(container)s has no holes, so a rack scanner cannot say where its tubes are. Scan them one by one."),
    "racks.no-box-named": later("%(name)s names no box known here. Begin its name with the box's code, or give it on the box's page."),
    "racks.not-a-decision": later("%(hole)s: that cannot be decided there."),
    "racks.nothing-read": later("%(name)s: the scanner read no tube at all. Check the rack and its size, and scan again."),
    "racks.record-changed": later("The record has changed since you looked: %(holes)s of %(container)s. Look again, then accept."),
    "racks.scan-ended": later(
        "%(file_name)s of %(container)s was dealt with by %(by)s before. The same file twice is once: nothing to do."
    ),
    "racks.seen-twice": later("%(what)s stands in lines %(first)s and %(second)s. Scan the rack again."),
    "racks.turn-does-not-fit": later("%(container)s has %(size)s holes and cannot lie turned by %(turn)s°. Choose 0 or 180."),
    "racks.undecided": later("%(holes)s: %(why)s"),
    "racks.unknown-scan": later("There is no rack scan %(scan_id)s. Open the box, and look at its scans."),
    "racks.wrong-size": later(
        "%(container)s has %(size)s holes, the file is of %(file_size)s. Choose the right rack type at the scanner, and scan again."
    ),
    "temperatures.already-reviewed": later("Excursion %(excursion_id)s was closed by %(by)s. Nothing to do."),
    "temperatures.limits-not-usable": later("These limits cannot be: %(why)s"),
    "temperatures.log-not-understood": later("%(name)s, %(where)s%(why)s"),
    "temperatures.not-a-freezer": later("%(container)s does not cool by itself. Open the freezer it stands in."),
    "temperatures.not-touched": later("Not in the freezer at that time: %(barcodes)s. Leave them out."),
    "temperatures.nothing-to-do": later("None of these tubes waits for that. Choose others."),
    "temperatures.readings-differ": later(
        "%(name)s: at %(at)s it says %(says_c)s °C, and %(is_c)s °C is recorded. "
        "Check that it is this freezer's file; nothing was taken in."
    ),
    "temperatures.unknown-excursion": later("There is no excursion %(excursion_id)s. Open the freezer, and look at its temperatures."),
    "temperatures.unknown-zone": later("%(given)s is no time zone. Give one such as Asia/Shanghai."),
    "sequencing.document-changed": later(
        "%(number)s as %(format)s is not what was issued, and is not given out. Tell whoever runs the service to verify it."
    ),
    "sequencing.members-not-usable": later("%(batch)s cannot be issued. Not usable: %(why)s. Take them out of the batch first."),
    "sequencing.nothing-to-issue": later("%(batch)s is empty. Put tubes into it first."),
    "sequencing.unknown-format": later("%(given)s: %(why)s. Choose one of these."),
    "sequencing.unknown-manifest": later("There is no manifest %(given)s."),
    "specimens.amount-not-usable": later("%(amount)s is no amount: %(why)s"),
    "specimens.cannot-correct": later("That cannot be corrected."),
    "specimens.codes-not-for-each": later("%(codes)s codes were given for %(count)s tubes. Scan one for each tube, or none."),
    "specimens.consent-missing": later("%(participant)s has not given consent yet. Record the consent first."),
    "specimens.consent-withdrawn": later(
        "%(participant)s withdrew consent on %(withdrawn_on)s. Take nothing more, and set aside what there is to be destroyed."
    ),
    "studies.consent-withdrawn": later(
        "%(participant)s withdrew consent on %(withdrawn_on)s. Nothing of them is taken or used from that day."
    ),
    "specimens.count-out-of-range": later("%(count)s tubes at once is not possible."),
    "specimens.flag-not-given": later("%(flag)s follows from the times by itself. Correct the time instead."),
    "specimens.impossible-times": later("The times do not follow each other. Check them."),
    "specimens.label-taken": later(
        "%(label)s is the label of another study's tube. Ask the coordinator to give the studies different label prefixes."
    ),
    "specimens.not-a-primary": later(
        "%(specimen_type)s is made in the laboratory. Register what was taken from the participant, then divide it."
    ),
    "specimens.not-derivable": later("%(wanted)s is not made of %(parent_type)s. Check the type, or scan another parent."),
    "specimens.not-enough": later("%(has)s is left in %(barcode)s, this needs %(needs)s. Take less, or another tube."),
    "specimens.not-filled": later("%(read)s is the label of a kit's tube that holds nothing. Scan it alone to see its kit."),
    "specimens.not-in-this-state": later("%(barcode)s is: %(state)s. That cannot be done to it now."),
    "specimens.not-poolable": later("%(first)s and %(other)s do not go into one pool: only tubes of one participant, timepoint and type."),
    "specimens.nothing-collected": later("Nothing was collected there. If something was, register it."),
    "specimens.nothing-to-record": later("No time of this collection is new. Give the time that is missing or wrong."),
    "specimens.unknown": later("Read as %(read)s: that is no tube known here. Scan it again, or register it first."),
    "specimens.unknown-collection": later("There is no collection %(collection_id)s. Open it from its participant's page."),
    "storage.already-there": later("%(barcode)s is in %(place)s already. Scan the next tube."),
    "storage.another-study": later("%(container)s is kept for another study. Scan another box."),
    "storage.bad-device-name": later("Call it by 1 to %(longest)s letters, digits or signs, such as Tablet 2."),
    "storage.cannot-take-back": later("It cannot be taken back: something stands on it."),
    "storage.container-closed": later("%(container)s is closed and no longer used. Scan another one."),
    "storage.container-full": later("%(container)s is full: all %(holes)s holes are taken or kept. Scan another box."),
    "storage.container-in-itself": later("%(parent)s stands in %(container)s, so %(container)s cannot go into it."),
    "storage.container-not-empty": later("%(container)s is not empty. Empty it first."),
    "storage.device-name-taken": later("Another device is called %(name)s. Take another name."),
    "storage.kept-for-others": later("%(container)s is kept for %(kept_for)s; %(barcode)s is %(material)s. Scan another box."),
    "storage.may-not-hold": later("%(container)s %(why)s"),
    "storage.name-not-usable": later("This name cannot stand on a label."),
    "storage.name-taken": later("There is a %(name)s here already (%(occupant)s). Give another name."),
    "storage.no-such-position": later("There is no hole %(given)s: %(what_there_is)s"),
    "storage.not-in-a-container": later("%(barcode)s is in no container. Place it first."),
    "storage.nothing-to-correct": later("That is how %(barcode)s is recorded already. Give what is different."),
    "storage.position-occupied": later(
        "Hole %(position)s of %(container)s is taken by %(occupant)s. Scan another hole, or move that tube first."
    ),
    "picking.already-picked": later("%(barcode)s was picked already, by %(by)s. Nothing to do."),
    "picking.ended": later("%(pick_list)s has ended: nothing more is taken for it. Make another list."),
    "picking.line-not-wanted": later("Line %(line)s of %(pick_list)s does not stand so any more. Look at the list."),
    "picking.no-substitute": later(
        "%(barcode)s cannot stand in for %(instead_of)s: it is of another kind, too small, or wanted elsewhere."
    ),
    "picking.no-such-line": later("%(pick_list)s has no line %(line)s. Look at the list."),
    "picking.not-on-list": later("%(scanned)s is not on %(pick_list)s, and nothing more is wanted. Put it back, and scan DONE."),
    "picking.not-picked": later("%(barcode)s was not picked for %(pick_list)s: there is nothing to take back."),
    "picking.nothing-to-pick": later("Nothing of it can be taken out. Look where the tubes are."),
    "picking.replaced": later("%(substitute)s is taken instead of %(barcode)s, which nobody had found. Put this one back."),
    "picking.unknown": later("There is no pick list %(given)s. Look it up on the page of pick lists."),
    "picking.wrong-tube": later("Put it back: this is %(is_)s; the list wants %(wants)s: %(where)s."),
    "storage.hole-twice": later("%(first)s and %(second)s cannot both be in %(position)s. Scan the hole and the tube once more."),
    "storage.nothing-in-it": later("No tube was scanned into %(container)s. Scan its tubes, then say that it is done."),
    "storage.tube-twice": later("%(barcode)s stands there twice. Leave one of the two out."),
    "storage.slot-taken": later("%(name)s (%(occupant)s) stands in %(slot)s. Give another place, or move it first."),
    "storage.temperature-not-usable": later("Nothing is stored at %(temperature_c)s °C. Give −196 to 60."),
    "storage.unknown-container": later("Read as %(read)s: that is no container known here. Scan it again, or make it first."),
    "storage.unknown-container-type": later("%(given)s is no type of container here."),
    "studies.ambiguous-participant": later("%(given)s is in several studies: %(studies)s. Write the study before it."),
    "studies.anchor-given-already": later(
        "%(participant)s had this treatment on %(given_at)s, and it is given once. To change its time, correct it."
    ),
    "studies.cohort-full": later("%(cohort)s is full: all %(capacity)s places are taken. A coordinator may enrol one more by saying why."),
    "studies.consent-out-of-order": later("The day comes before what it follows. Check the day."),
    "studies.dose-recorded-already": later("This dose of %(participant)s on %(given_at)s is recorded already. Nothing to do."),
    "studies.external-id-taken": later("%(value)s of %(system)s is another participant already. Check the id."),
    "studies.malformed-participant-code": later(
        "%(given)s cannot be a participant: a code is 1 to 24 letters, digits, dots, hyphens and underscores."
    ),
    "studies.no-study": later("No study is here yet. Load its protocol first."),
    "studies.not-yet": later("%(given)s has not come yet. Give the day it happened."),
    "studies.off-study-already": later("%(participant)s is off study since %(on)s. Nothing to do."),
    "studies.participant-exists": later("%(participant)s is enrolled in %(study)s already. Check the code; it is never given twice."),
    "studies.treated-already": later(
        "%(timepoint)s comes before the treatment, which was given on %(treated_at)s; this was collected on "
        "%(collected_at)s. Check the time and the timepoint."
    ),
    "studies.unknown-code": later("The protocol has no %(what)s %(given)s."),
    "studies.study-not-named": later("Say which study: %(known)s."),
    "studies.unknown-dose": later("%(participant)s has no such dose on %(given_at)s."),
    "studies.unknown-participant": later("No participant is called %(given)s. Check the code, or enrol them first."),
    "studies.unknown-study": later("There is no study %(study)s."),
    "studies.unknown-sex": later("%(given)s is no sex: write F, M, U or INTERSEX."),
    "web.form-from-elsewhere": later("This form came from another site. Nothing was done; open the page here and send it again."),
    "web.page-too-old": later("This page is from an earlier session. Nothing was done; open it again and send it once more."),
    "web.page-not-found": later("Nothing is at this address. Scan a code, or go on from the top of the page."),
    "web.form-incomplete": later("Nothing was recorded yet. Look at the marked fields."),
}

SENTENCES = (later("You were signed out after a while. Sign in again."),)
"""Sentences without facts, known by themselves."""

REMARKS: dict[str, str] = {
    "imports.already": later("Loaded before; nothing was done."),
    "half-a-pair": later("Half a pair is in the batch. Add the other side, or it answers nothing."),
}
"""What deserves a second look, by its code; flags are called by their name in the protocol."""
