// The tooltip, and finding what the pointer or the arrow keys are at.
const tip = document.getElementById("tooltip");

function showTip(x, y, { title, facts }) {
  tip.replaceChildren(
    el("div", { class: "title" }, title),
    el(
      "dl",
      {},
      facts.map(([name, value]) => [
        el("dt", {}, shortened(String(name), 40)),
        el("dd", {}, shortened(String(value), 60)),
      ]),
    ),
  );
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const left = x + 16 + width > innerWidth - 8 ? x - width - 16 : x + 16;
  tip.style.left = Math.max(8, left) + "px";
  tip.style.top = Math.min(Math.max(8, y - height / 2), Math.max(8, innerHeight - height - 8)) + "px";
}

function hideTip() {
  tip.hidden = true;
}

addEventListener("scroll", hideTip, { passive: true });
addEventListener("keydown", (event) => {
  if (event.key === "Escape") hideTip();
});

// Makes the points of a picture answer to pointer and arrow keys. `places` are [x, y, row, facts?] in its own units.
function explore(picture, places, describe, { reach = 26, onchange = () => {} } = {}) {
  if (!places.length) return;
  const ring = svg("circle", { class: "pointer", r: 7, visibility: "hidden" });
  const ordered = [...places].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let at = -1;
  picture.append(ring);
  picture.setAttribute("tabindex", "0");
  const show = (place, scrollTo) => {
    ring.setAttribute("cx", place[0]);
    ring.setAttribute("cy", place[1]);
    ring.setAttribute("visibility", "visible");
    const frame = picture.getBoundingClientRect();
    showTip(frame.left + place[0], frame.top + place[1], describe(place));
    onchange(place, scrollTo);
  };
  const hide = () => {
    ring.setAttribute("visibility", "hidden");
    hideTip();
    onchange(null);
  };
  picture.addEventListener("pointermove", (event) => {
    const frame = picture.getBoundingClientRect();
    const [x, y] = [event.clientX - frame.left, event.clientY - frame.top];
    let nearest = null;
    let least = reach * reach;
    for (const place of places) {
      const distance = (place[0] - x) ** 2 + (place[1] - y) ** 2;
      if (distance < least) {
        least = distance;
        nearest = place;
      }
    }
    if (nearest) show(nearest);
    else hide();
  });
  picture.addEventListener("pointerleave", hide);
  picture.addEventListener("blur", hide);
  picture.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    at = (at + step + ordered.length) % ordered.length;
    show(ordered[at]);
  });
}
