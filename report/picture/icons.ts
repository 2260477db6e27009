/** Two small icons made of lines, which take the colour of their surroundings. */

/** Draws a router with antennas, 34 wide and 30 high. */
export function router(x: number, y: number): string {
  return `<path class="icon" transform="translate(${x} ${y})" d="M6 16V2M28 16V2M4 16h26a3 3 0 0 1 3 3v7a3 3 0 0 1-3 3H4a3 3 0 0 1-3-3v-7a3 3 0 0 1 3-3zM8 22.500h.01M14 22.500h.01M21 22.500h6"/>`;
}

/** Draws a server, 22 wide and 22 high. */
export function server(x: number, y: number): string {
  return `<path class="icon" transform="translate(${x} ${y})" d="M3 1h16a2 2 0 0 1 2 2v5a2 2 0 0 1-2 2H3a2 2 0 0 1-2-2V3a2 2 0 0 1 2-2zM3 12h16a2 2 0 0 1 2 2v5a2 2 0 0 1-2 2H3a2 2 0 0 1-2-2v-5a2 2 0 0 1 2-2zM5.500 5.500h.01M5.500 16.500h.01M12 5.500h5M12 16.500h5"/>`;
}
