//! Rules of the family `image`: markers, policies, repositories, automations.

use crate::lint::Rule;

mod architecture_missing;
mod automation_invalid;
mod automation_path_missing;
mod automation_unknown_source;
mod competing_automations;
mod field;
mod floating_tag;
mod marker_image_mismatch;
mod marker_malformed;
mod marker_misplaced;
mod marker_suffix_mismatch;
mod marker_unknown_policy;
mod marker_without_automation;
mod nodes;
mod outdated;
mod policies;
mod policy_ambiguous_extract;
mod policy_invalid;
mod policy_matches_nothing;
mod policy_never_matches;
mod policy_picks_oldest;
mod policy_random_order;
mod policy_single_tag;
mod policy_test;
mod policy_unknown_repository;
mod policy_without_marker;
mod policy_wrong_order;
mod repository_invalid;
mod repository_without_auth;
mod rewrite_hazard;
mod tag_missing;
mod tag_outside_policy;
mod two_updaters;

/// The rules, in the order of the documentation.
pub(super) const RULES: &[Rule] = &[
    marker_malformed::RULE,
    marker_misplaced::RULE,
    marker_unknown_policy::RULE,
    marker_without_automation::RULE,
    marker_suffix_mismatch::RULE,
    marker_image_mismatch::RULE,
    tag_outside_policy::RULE,
    competing_automations::RULE,
    policy_without_marker::RULE,
    policy_unknown_repository::RULE,
    policy_invalid::RULE,
    policy_picks_oldest::RULE,
    policy_random_order::RULE,
    policy_single_tag::RULE,
    policy_never_matches::RULE,
    policy_ambiguous_extract::RULE,
    policy_wrong_order::RULE,
    policy_test::RULE,
    repository_invalid::RULE,
    repository_without_auth::RULE,
    automation_unknown_source::RULE,
    automation_path_missing::RULE,
    automation_invalid::RULE,
    rewrite_hazard::RULE,
    floating_tag::RULE,
    two_updaters::RULE,
];

/// The rules that need what registries say.
pub(super) const REGISTRY_RULES: &[Rule] = &[
    tag_missing::RULE,
    policy_matches_nothing::RULE,
    architecture_missing::RULE,
    outdated::RULE,
];
