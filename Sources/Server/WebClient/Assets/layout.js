// How many columns make the tiles of a grid as large as they can be.

/**
 * @param count number of tiles
 * @param width,height,gap space and distance in pixels
 * @param ratio width over height of a tile
 * @returns `{ columns, rows, tileWidth, tileHeight }` in whole pixels
 */
export function gridFor(count, width, height, gap, ratio = 16 / 9) {
  let best = { columns: 1, rows: Math.max(1, count), tileWidth: 0, tileHeight: 0 };
  for (let columns = 1; columns <= Math.max(1, count); columns += 1) {
    const rows = Math.ceil(count / columns) || 1;
    const widest = (width - gap * (columns - 1)) / columns;
    const highest = (height - gap * (rows - 1)) / rows;
    const tileWidth = Math.floor(Math.min(widest, highest * ratio));
    if (tileWidth > best.tileWidth) best = { columns, rows, tileWidth, tileHeight: Math.floor(tileWidth / ratio) };
  }
  return best;
}

/**
 * Where the tiles stand, as `{ left, top, width, height }`: a grid, its last row in the middle.
 */
export function gridPlaces(count, width, height, gap) {
  // On an upright screen square tiles fill the space better.
  const ratio = height > width * 1.2 ? 1 : 16 / 9;
  const { columns, rows, tileWidth, tileHeight } = gridFor(count, width, height, gap, ratio);
  const top = Math.max(0, (height - rows * tileHeight - (rows - 1) * gap) / 2);
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = Math.min(columns, count - row * columns);
    const left = (width - inRow * tileWidth - (inRow - 1) * gap) / 2 + (index % columns) * (tileWidth + gap);
    return { left, top: top + row * (tileHeight + gap), width: tileWidth, height: tileHeight };
  });
}

/**
 * One large tile (the first) and a strip with the others beside it, or below it where the space is upright. Only the
 * places that fit are returned.
 */
export function focusPlaces(count, width, height, gap) {
  const isUpright = height > width;
  // Upright, three stand side by side even on a phone.
  const stripWidth = isUpright ? Math.min(160, Math.floor((width - 2 * gap) / 3)) : Math.min(220, width / 4);
  const stripHeight = Math.floor(stripWidth * 9 / 16);
  const large = count === 1 ? { width, height } : isUpright
    ? { width, height: height - stripHeight - gap } : { width: width - stripWidth - gap, height };
  const fitting = isUpright
    ? Math.floor((width + gap) / (stripWidth + gap)) : Math.floor((height + gap) / (stripHeight + gap));
  return Array.from({ length: Math.min(count, 1 + Math.max(0, fitting)) }, (_, index) => {
    if (index === 0) return { left: 0, top: 0, ...large };
    const offset = index - 1;
    return {
      left: isUpright ? offset * (stripWidth + gap) : width - stripWidth,
      top: isUpright ? height - stripHeight : offset * (stripHeight + gap), width: stripWidth, height: stripHeight,
    };
  });
}

/**
 * Which of many tiles are shown: the first `limit`, but those who speak are brought in for the last ones that do not.
 * The order of those who stay does not change.
 */
export function visibleTiles(tiles, limit, isSpeaking) {
  if (tiles.length <= limit) return tiles;
  const shown = tiles.slice(0, limit);
  for (const tile of tiles.slice(limit).filter(isSpeaking)) {
    let index = shown.length - 1;
    // The first tile is one's own: it stays.
    while (index > 0 && isSpeaking(shown[index])) index -= 1;
    if (index > 0) shown[index] = tile;
  }
  return shown;
}
