// The parts, from top to bottom. One that fails says so and leaves the others standing.
for (const draw of [
  drawHeader,
  drawFindings,
  drawBest,
  drawImportance,
  drawHistory,
  drawPareto,
  drawParallel,
  drawSlices,
  drawCurves,
  drawFailures,
  drawTable,
  drawRerun,
  drawFooter,
]) {
  try {
    draw();
  } catch (error) {
    console.error(error);
    document
      .getElementById("main")
      .append(el("p", { class: "card", role: "alert" }, `A part of this report could not be drawn: ${error.message}`));
  }
}
document.body.dataset.ready = "yes";
