/** Commands that run at the same time over one connection. */
export const MAX_OPEN_CALLS = 32;
/** Commands that wait for their turn or for the hub; one more is refused with BUSY. */
export const MAX_WAITING_CALLS = 256;
