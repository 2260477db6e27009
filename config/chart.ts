/** Whether a chart is given by name, and not by an `oci://` address or a path. */
export function isChartName(chart: string): boolean {
  return !chart.startsWith("oci://") && !isChartPath(chart);
}

/** Whether a chart is given by a path. */
export function isChartPath(chart: string): boolean {
  return /^(\/|\.{1,2}\/|~\/)/.test(chart);
}

/** Whether a chart is given by the path of a folder, and not of an archive. */
export function isChartFolder(chart: string): boolean {
  return isChartPath(chart) && !chart.endsWith(".tgz");
}
