//! The colours: each for what it stands for, on light and on dark paper.

use plotters::style::RGBColor;

/// A colour on light paper, and what becomes of it on dark paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Colour {
    pub(crate) light: RGBColor,
    dark: RGBColor,
}

const fn colour(light: u32, dark: u32) -> Colour {
    Colour { light: rgb(light), dark: rgb(dark) }
}

const fn rgb(code: u32) -> RGBColor {
    let [_, red, green, blue] = code.to_be_bytes();
    RGBColor(red, green, blue)
}

pub(crate) const PAPER: Colour = colour(0xFF_FF_FF, 0x16_18_1D);
pub(crate) const INK: Colour = colour(0x1A_1A_1A, 0xE8_E8_E8);
pub(crate) const MUTED: Colour = colour(0x5A_5A_5A, 0xA8_A8_A8);
pub(crate) const GRID: Colour = colour(0xDD_DD_DD, 0x3A_3D_44);

/// The colours of lines, which people with any kind of colour vision can tell apart.
///
/// M. Okabe and K. Ito, "Color Universal Design" (2002, revised 2008), without its black and its yellow, which is too
/// pale for paper.
pub(crate) const LINES: [Colour; 6] = [
    colour(0x00_72_B2, 0x3B_A3_E0),
    colour(0xD5_5E_00, 0xE5_76_1E),
    colour(0x00_9E_73, 0x1F_B8_8C),
    colour(0xCC_79_A7, 0xD9_8F_B8),
    colour(0xE6_9F_00, 0xE6_9F_00),
    colour(0x56_B4_E9, 0x8F_CE_F2),
];

/// Returns the rules for the pictures of a page. A picture is light, and dark where the page is.
pub(crate) fn style() -> String {
    let mut rules = Vec::new();
    for colour in [PAPER, INK, MUTED, GRID].iter().chain(&LINES) {
        let [light, dark] = [colour.light, colour.dark].map(code);
        if light == dark {
            continue;
        }
        for what in ["fill", "stroke"] {
            rules.push(format!(".asim-picture [{what}=\"{light}\"]{{{what}:{dark}}}\n"));
        }
    }
    let rules = rules.concat();
    // A pale band is harder to see on dark paper.
    format!(
        "<style>\n.asim-picture polyline{{stroke-linejoin:round}}\n@media screen and (prefers-color-scheme:dark){{\n\
         {rules}.asim-picture polygon[opacity=\"{BAND}\"]{{opacity:{DARK_BAND}}}\n}}\n</style>\n"
    )
}

/// How much of its colour a band has, on light and on dark paper.
pub(crate) const BAND: f64 = 0.2;
const DARK_BAND: f64 = 0.32;

/// Returns a colour as it is written in SVG.
fn code(RGBColor(red, green, blue): RGBColor) -> String {
    format!("#{red:02X}{green:02X}{blue:02X}")
}
