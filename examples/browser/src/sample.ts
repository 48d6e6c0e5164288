const ROWS = 6000
const CITIES = ['Lisbon', 'Oslo', 'Vienna', 'Porto', 'Bergen', 'Graz', 'Turin', 'Ghent']

/** A file for those who have none at hand: invented measurements, with a few bad rows among them. */
export function sampleFile(): File {
  const lines = ['day,city,temperature,rain']
  for (let row = 0; row < ROWS; row++) {
    const day = new Date(Date.UTC(2024, 0, 1 + (row % 366))).toISOString().slice(0, 10)
    const temperature = 12 + 10 * Math.sin(row / 58) + ((row * 7) % 13) / 4
    const rain = (row * row) % 11 === 0 ? ((row * 3) % 40) / 2 : 0
    lines.push(
      row % 997 === 500
        ? `${day},a row that lost its other fields`
        : `${day},${CITIES[row % CITIES.length]},${temperature.toFixed(1)},${rain}`,
    )
  }
  return new File([lines.join('\n')], 'weather.csv', { type: 'text/csv' })
}
