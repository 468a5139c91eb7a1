//! What every store must do, whatever database it stands on: one suite, run once for each adapter.
//!
//! [`contract!`] makes a test of every case for the store a function opens, and [`damaged!`] of those over rows that
//! something else than the port can write to. A further adapter adds these lines.

pub(crate) mod conditions;
pub(crate) mod damage;
pub(crate) mod desk;
pub(crate) mod expedites;
pub(crate) mod fixtures;
pub(crate) mod grants;
pub(crate) mod handle;
pub(crate) mod hindsight;
pub(crate) mod incidents;
pub(crate) mod intake;
pub(crate) mod letters;
pub(crate) mod model;
pub(crate) mod notices;
pub(crate) mod orders;
pub(crate) mod prune;
pub(crate) mod quotes;
pub(crate) mod replica;
pub(crate) mod rewake;
pub(crate) mod settings;
pub(crate) mod suppressions;
pub(crate) mod trials;
pub(crate) mod watch;

use super::{StoreError, Tx};

/// A store a case can run steps on; each case gets an empty one.
pub(crate) trait TestStore {
    /// Runs one step in one transaction.
    fn transact(&mut self, step: &mut dyn FnMut(&mut dyn Tx) -> Result<(), StoreError>) -> Result<(), StoreError>;
}

/// A store whose rows lie where something else than the port can write to them.
pub(crate) trait DamagedStore: TestStore {
    /// Runs a statement behind the port's back, to damage a row.
    fn damage(&mut self, sql: &str);
}

/// Runs `step` in a transaction of its own and gives what it or the database answered.
pub(crate) fn attempt<R>(
    store: &mut (impl TestStore + ?Sized),
    mut step: impl FnMut(&mut dyn Tx) -> Result<R, StoreError>,
) -> Result<R, StoreError> {
    let mut result = None;
    store.transact(&mut |tx| {
        result = Some(step(tx)?);
        Ok(())
    })?;
    Ok(result.expect("a step that succeeds gives a result"))
}

/// As [`attempt`], where nothing may go wrong.
pub(crate) fn run<R>(
    store: &mut (impl TestStore + ?Sized),
    step: impl FnMut(&mut dyn Tx) -> Result<R, StoreError>,
) -> R {
    attempt(store, step).expect("the store answers")
}

/// Makes a `#[test]` of every case for the store that `$open` makes; where it makes none, it has noted why.
macro_rules! contract {
    ($open:path) => {
        $crate::store::contract::contract! { @tests $open;
            orders:
                orders_come_back_as_they_were_saved
                a_save_replaces_what_was_there
                a_step_that_fails_leaves_nothing
                due_orders_come_by_wake_then_key
                a_parked_order_is_never_due
                a_buyers_orders_come_newest_payment_first
                a_buyers_open_orders_come_oldest_payment_first
                wishes_outlast_the_step
                a_warehouses_word_only_moves_forward
                a_shop_goes_live_once
                the_fingerprint_ignores_arrival_and_sees_every_fact
                a_search_by_text_goes_on_where_it_was_left
                orders_in_danger_are_listed_first_and_page_by_page
                an_order_is_set_aside_and_taken_up_unread;
            rewake:
                each_field_of_a_scope_narrows
                an_empty_scope_is_every_open_order
                a_carrier_reaches_parcels_on_their_way
                an_earlier_wake_stays
                chunks_reach_every_order_once
                an_order_that_left_a_scope_is_not_reached
                a_clock_that_was_set_back_makes_later_moments_due;
            conditions:
                a_condition_counts_while_it_is_in_force
                a_sweep_goes_on_where_it_stood
                sweeps_are_worked_off_oldest_first;
            notices:
                a_notice_comes_back_as_it_was_added
                adding_again_changes_nothing
                a_withdrawn_notice_becomes_ready_again
                claims_come_by_due_time_then_key
                a_lease_keeps_others_away_until_it_runs_out
                a_notice_on_its_way_is_never_claimed_again
                only_the_holder_of_the_token_writes_back
                only_what_is_open_and_held_by_nobody_is_resolved
                feedback_outlasts_a_later_save
                a_buyers_count_holds_what_was_or_may_have_been_sent
                what_a_buyer_got_names_its_message
                a_buyers_waiting_notices_come_whenever_they_are_due
                one_notice_is_taken_whenever_it_is_due_unless_another_holds_it
                notices_are_counted_by_kind_and_state
                unknown_notices_are_counted_by_channel;
            suppressions:
                a_suppression_is_written_once_for_each_reason
                suppressions_are_counted_by_kind_and_reason;
            grants:
                a_grant_comes_back_as_it_was_saved
                caps_count_what_is_set_aside_and_given
                a_request_is_made_once_oldest_first
                requests_without_an_answer_are_found
                totals_add_up_by_shop_status_and_currency;
            model:
                observations_are_read_oldest_first
                nothing_is_added_before_a_closed_tick
                what_is_learned_is_forgotten_in_parts
                a_tick_that_a_wrong_clock_closed_is_opened_again
                the_model_comes_back_as_it_was_learned;
            intake:
                taking_over_fences_off_the_former_owner
                an_unexpected_offset_writes_nothing
                a_dead_letter_counts_once
                the_books_add_up;
            letters:
                the_same_words_again_are_the_same_letter
                each_place_of_a_letter_is_published_once
                letters_are_published_so_many_bytes_at_once
                a_new_reason_at_the_same_place_replaces_the_old_one
                letters_are_listed_in_pages_and_found_by_reason_and_topic
                a_letter_that_is_taken_away_still_counts
                what_was_done_is_on_record;
            watch:
                a_place_is_remembered_until_it_changes
                a_pass_holds_until_it_is_used_up_over_or_taken_back;
            settings:
                a_policy_is_published_only_over_the_one_expected
                a_switch_stays_until_it_is_turned_off
                access_can_be_taken_away
                notes_are_replaced
                a_scheduled_run_begins_until_it_is_done
                every_change_raises_the_version;
            replica:
                what_is_known_is_as_old_as_the_stalest_partition
                whoever_takes_a_partition_over_says_anew_how_far_it_is_read
                a_partition_nobody_reads_yet_is_known
                a_lease_is_one_holders_until_it_runs_out_or_is_given_back
                the_stores_clock_is_about_right;
            hindsight:
                what_came_of_an_order_is_replaced_when_more_is_known
                history_comes_in_pages_newest_promise_first
                old_history_goes;
            expedites:
                the_greatest_worth_ranks_first_within_shop_and_warehouse
                a_suggestion_is_published_once_for_each_motive
                what_came_of_suggestions_is_counted;
            quotes:
                told_dates_are_summed_by_shop_and_cause
                a_date_judged_anew_counts_once;
            trials:
                both_sorts_are_summed_by_shop_and_day
                who_is_left_unwarned_counts_at_once;
            desk:
                a_matter_is_entered_once_and_comes_back_under_a_new_number
                what_comes_and_leaves_in_one_step_is_on_record
                who_waits_comes_by_cause_then_by_age_and_asking
                one_person_has_an_entry_until_it_is_given_back_or_closed
                a_shop_sees_and_moves_its_own_entries_alone
                what_is_open_is_counted_by_matter
                a_list_says_how_the_order_stands
                what_left_is_listed_newest_first_and_goes_in_its_time;
            incidents:
                turnings_are_counted_once_and_stay_free_until_they_belong_to_an_incident
                what_is_usual_is_counted_by_tick
                open_orders_are_counted_in_their_scope
                an_incident_is_live_until_it_is_over_and_let_go
                an_incident_sums_up_how_its_orders_stand
                old_incidents_go_with_their_orders;
            prune:
                old_settled_rows_go_and_live_ones_stay
                the_limit_holds_for_all_tables_together;
        }
    };
    (@tests $open:path; $($module:ident: $($case:ident)+;)+) => {
        $(mod $module {
            $(#[test]
            fn $case() {
                if let Some(mut store) = $open() {
                    $crate::store::contract::$module::$case(&mut store);
                }
            })+
        })+
    };
}
pub(crate) use contract;

/// As [`contract!`], of the cases over damaged rows.
macro_rules! damaged {
    ($open:path) => {
        $crate::store::contract::contract! { @tests $open;
            damage:
                damaged_facts_name_their_order
                a_damaged_column_names_its_order
                a_damaged_order_is_set_aside_and_the_others_are_due
                a_damaged_message_names_its_notice
                a_damaged_notice_fails_and_the_others_are_claimed
                a_damaged_message_on_its_way_is_put_aside
                a_damaged_message_is_left_to_its_own_claim
                a_damaged_condition_is_named
                a_damaged_incident_is_named
                a_damaged_group_of_the_model_is_named
                damaged_history_names_its_order;
        }
    };
}
pub(crate) use damaged;
