/**
 * A write that changes nothing. A replica answers reads from its own copy, which may not have our last commit yet, and forwards to
 * the primary whatever contains a write.
 */
export const FORWARD_TO_PRIMARY = 'DROP TABLE IF EXISTS durably_forward_to_primary'
