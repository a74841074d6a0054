/** What a table has, page by page in the order of its keys. */
export async function* paged<Row>(page: (after: string) => Promise<Row[]>, keyOf: (row: Row) => string): AsyncGenerator<Row[]> {
  for (let rows = await page(''); rows.length > 0; rows = await page(keyOf(rows.at(-1)!))) yield rows
}
