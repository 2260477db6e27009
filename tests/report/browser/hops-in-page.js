// Runs in the browser, on the SVG that it shows. The value of this expression is the result of hops.ts.
(() => {
  const colourOf = (element, kind) => getComputedStyle(element)[kind];
  const marks = [...document.querySelectorAll(".badge")].map((badge) => {
    const group = badge.parentElement;
    const outline = group.querySelector(".box");
    return {
      of: group.querySelector("text")?.textContent ?? "route",
      mark: badge.querySelector("title").textContent,
      badge: colourOf(badge.querySelector("circle"), "fill"),
      outline: outline === null ? colourOf(group.querySelector(".stop, .socket"), "fill") : colourOf(outline, "stroke"),
    };
  });
  const routes = [...document.querySelectorAll(".section .route")].map((line) => colourOf(line, "stroke"));
  const heads = [...document.querySelectorAll(".section .head")].map((head) => colourOf(head, "fill"));
  return { marks, lines: [...routes, ...heads] };
})();
