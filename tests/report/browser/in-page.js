// Runs in the browser, on the SVG that it shows. The value of this expression is the result of measure.ts.
(() => {
  const svg = document.querySelector("svg");
  if (svg === null || document.querySelector("parsererror") !== null) return { faults: ["not an SVG"], texts: [], arrows: 0 };

  const faults = [];
  const boxOf = (element) => element.getBoundingClientRect();
  const texts = [...document.querySelectorAll("text")].map((element) => ({
    element,
    words: element.textContent,
    box: boxOf(element),
    card: element.closest(".card")?.querySelector(":scope > rect"),
  }));
  const inside = (box, outer) => box.left >= outer.left && box.right <= outer.right && box.top >= outer.top && box.bottom <= outer.bottom;
  const overlap = (one, other) => one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

  // The luminance and contrast of WCAG 2.
  const luminance = (colour) => {
    const [red, green, blue] = colour.match(/\d+/g).map((value) => {
      const part = Number(value) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };

  const paper = svg.querySelector(":scope > rect");
  const lines = [...document.querySelectorAll(".route, .lan, .plain")].map((line) => {
    const { x, y, width, height } = boxOf(line);
    return new DOMRect(x - 1, y - 1, width + 2, height + 2);
  });
  for (const [index, { words, box, card, element }] of texts.entries()) {
    if (box.width < 4 || box.height < 4) faults.push(`"${words}" is not drawn`);
    if (!inside(box, boxOf(svg))) faults.push(`"${words}" leaves the picture`);
    if (card && !inside(box, boxOf(card))) faults.push(`"${words}" leaves its card`);
    for (const other of texts.slice(0, index)) if (overlap(box, other.box)) faults.push(`"${words}" overlaps "${other.words}"`);
    // Lines pass behind cards.
    if (!card && lines.some((line) => overlap(box, line))) faults.push(`"${words}" touches a line`);
    const seen = contrast(getComputedStyle(element).fill, getComputedStyle(card ?? paper).fill);
    if (seen < 4.5) faults.push(`"${words}" has a contrast of ${seen.toFixed(1)}`);
  }
  return {
    faults,
    texts: texts.map(({ element, words }) => element.parentElement.querySelector(":scope > title")?.textContent ?? words),
    arrows: document.querySelectorAll("svg > .section .head").length,
  };
})();
