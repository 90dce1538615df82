/** Headers of an adapter that are counted without being created and sorted. */
export interface RawHeaders {
  /**
   * Counts the fields and their characters as they were sent. `Headers` has no more fields, since it joins those with the
   * same name, and at most two characters more for each field that was joined.
   */
  countFields(): { count: number; length: number } | undefined
}
