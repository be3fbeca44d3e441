/** Walking over the timetable's cells with the arrow keys. */

export interface Grid {
  rows: number;
  columns: number;
  /** Whether below the last row lie the proposals, as one wide place. */
  shelf: boolean;
}

export interface Spot {
  row: number;
  column: number;
}

/** Where a key leads from a spot; null for keys that lead nowhere. */
export function walk(key: string, from: Spot, grid: Grid): Spot | null {
  const lastRow = grid.rows - (grid.shelf ? 0 : 1);
  const lastColumn = grid.columns - 1;
  const { row, column } = from;
  switch (key) {
    case "ArrowUp":
      return { row: Math.max(0, row - 1), column };
    case "ArrowDown":
      return { row: Math.min(lastRow, row + 1), column };
    case "ArrowLeft":
      return { row, column: Math.max(0, column - 1) };
    case "ArrowRight":
      return { row, column: Math.min(lastColumn, column + 1) };
    case "Home":
      return { row, column: 0 };
    case "End":
      return { row, column: lastColumn };
    case "PageUp":
      return { row: 0, column };
    case "PageDown":
      return { row: lastRow, column };
    default:
      return null;
  }
}
