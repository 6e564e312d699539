//! What every database behind [`Store`] must do, written against its interface alone.
//!
//! Each case takes a fresh [`Store`], or a [`Database`] if it closes and opens it again.
//! A new backend adds a [`Database`] and one line to `suite!` below.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod authority;
mod delivery;
mod directory;
mod identity;
mod partnership;
mod removal;
mod resync;
mod seed;
mod timer;
mod transparency;
mod units;
mod view;

use std::path::PathBuf;

use relais_store::{Options, Store};

/// A database that tests may open more than once.
struct Database {
    directory: tempfile::TempDir,
}

impl Database {
    fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("relais.db")
    }

    async fn open(&self) -> Store {
        self.open_with(Options::default()).await
    }

    async fn open_with(&self, options: Options) -> Store {
        Store::open(self.path(), options).await.unwrap()
    }

    async fn open_read_only(&self) -> Store {
        Store::open_read_only(self.path()).await.unwrap()
    }
}

macro_rules! suite {
    ($backend:ident: store { $($module:ident::$case:ident,)* } database { $($other:ident::$reopening:ident,)* }) => {
        mod $backend {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $case() {
                    let database = super::Database::new();
                    super::$module::$case(database.open().await).await;
                }
            )*
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $reopening() {
                    super::$other::$reopening(super::Database::new()).await;
                }
            )*
        }
    };
}

suite! { sqlite:
    store {
        units::an_error_undoes_its_own_unit_and_no_other,
        units::a_panic_undoes_its_unit_and_the_store_goes_on,
        units::what_was_acknowledged_is_read,
        units::a_view_does_not_change_while_it_is_read,
        units::a_reference_to_nothing_is_refused,
        units::a_first_response_is_kept_once,
        units::the_audit_trail_is_a_chain,
        transparency::leaves_are_numbered_and_found_by_certificate,
        transparency::a_node_is_written_once,
        transparency::the_newest_cosignature_of_a_witness_is_kept,
        delivery::many_writers_leave_no_gap_for_any_reader,
        delivery::one_commit_wins_an_epoch,
        delivery::the_short_path_of_a_message_is_the_long_one,
        delivery::a_second_commit_of_an_epoch_is_refused,
        delivery::a_log_is_paged_by_items_and_bytes,
        delivery::an_inbox_is_paged_and_its_positions_are_never_reused,
        delivery::a_member_comes_goes_and_comes_back,
        delivery::an_acknowledgement_never_goes_backwards,
        delivery::a_tree_stays_for_as_long_as_a_welcome_waits,
        timer::a_timer_wakes_each_device_once,
        timer::timers_are_fired_a_few_at_a_time_the_oldest_first,
        timer::clearing_takes_back_what_was_not_acknowledged,
        timer::whoever_left_or_was_revoked_is_not_woken,
        removal::a_removal_is_pending_until_a_commit_makes_it,
        removal::a_proposal_ends_with_its_epoch,
        removal::a_device_is_revoked_once_with_its_key_packages,
        authority::an_own_authority_is_certified_and_replaced,
        partnership::terms_are_proposed_agreed_lowered_and_replaced,
        partnership::what_a_person_tells_is_replaced_and_paged,
        view::the_newest_officer_key_counts_and_views_are_paged,
        resync::a_device_is_told_when_it_came_back_in_a_group,
        identity::an_organisation_has_one_identity_provider,
        identity::a_subject_means_one_person_of_one_issuer,
        identity::accounts_are_found_by_either_name_and_paged,
        identity::an_organisations_directory_has_one_token,
        identity::other_active_devices_are_left_a_notice,
        directory::names_are_taken_once,
        directory::people_are_found_and_paged,
        directory::services_are_found_with_their_lists,
        directory::an_invitation_is_used_once,
        directory::a_challenge_is_used_once,
        directory::a_key_package_is_taken_once,
        directory::the_overview_counts_what_is_there,
    }
    database {
        units::cancelled_callers_leave_all_or_nothing,
        units::what_was_written_outlives_the_process,
        timer::timers_and_wake_ups_outlive_the_process,
        units::a_full_queue_refuses_and_recovers,
        units::a_closed_store_says_so,
        units::a_reader_looks_on_while_another_writes,
    }
}
