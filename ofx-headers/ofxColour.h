/*
 * Colour management, new in API 1.5.
 */
#ifndef AIROTO_OFX_COLOUR_H
#define AIROTO_OFX_COLOUR_H

#include "ofxCore.h"

/* The configuration that the names below come from. */
#define kOfxConfigIdentifier "ofx-native-v1.5_aces-v1.3_ocio-v2.3"

/* How much a host or an effect manages colour. */
#define kOfxImageEffectPropColourManagementStyle "OfxImageEffectPropColourManagementStyle"
#define kOfxImageEffectPropColourManagementAvailableConfigs "OfxImageEffectPropColourManagementAvailableConfigs"
#define kOfxImageEffectPropColourManagementConfig "OfxImageEffectPropColourManagementConfig"
#define kOfxImageEffectColourManagementNone "OfxImageEffectColourManagementNone"
#define kOfxImageEffectColourManagementBasic "OfxImageEffectColourManagementBasic"
#define kOfxImageEffectColourManagementCore "OfxImageEffectColourManagementCore"
#define kOfxImageEffectColourManagementFull "OfxImageEffectColourManagementFull"
#define kOfxImageEffectColourManagementOCIO "OfxImageEffectColourManagementOCIO"

/* Where the OpenColorIO configuration, display and view are named. */
#define kOfxImageEffectPropOCIOConfig "OfxImageEffectPropOCIOConfig"
#define kOfxImageEffectPropDisplayColourspace "OfxImageEffectPropDisplayColourspace"
#define kOfxImageEffectPropOCIODisplay "OfxImageEffectPropOCIODisplay"
#define kOfxImageEffectPropOCIOView "OfxImageEffectPropOCIOView"

/* Colour spaces of clips. */
#define kOfxImageClipPropColourspace "OfxImageClipPropColourspace"
#define kOfxImageClipPropPreferredColourspaces "OfxImageClipPropPreferredColourspaces"

/* Asks for the colour space of the output. */
#define kOfxImageEffectActionGetOutputColourspace "OfxImageEffectActionGetOutputColourspace"

/*
 * Colour spaces: name, label and encoding; whether it is data (1) or colour (0), belongs to the
 * basic and to the core set, and is that of a display.
 */
#define kOfxColourspaceOfxDisplayHdr "ofx_display_hdr"
#define kOfxColourspaceOfxDisplayHdrLabel "OFX generic display HDR"
#define kOfxColourspaceOfxDisplayHdrEncoding "hdr-video"
#define kOfxColourspaceOfxDisplayHdrIsData 0
#define kOfxColourspaceOfxDisplayHdrIsBasic 1
#define kOfxColourspaceOfxDisplayHdrIsCore 1
#define kOfxColourspaceOfxDisplayHdrIsDisplay 1

#define kOfxColourspaceOfxDisplaySdr "ofx_display_sdr"
#define kOfxColourspaceOfxDisplaySdrLabel "OFX generic display SDR"
#define kOfxColourspaceOfxDisplaySdrEncoding "sdr-video"
#define kOfxColourspaceOfxDisplaySdrIsData 0
#define kOfxColourspaceOfxDisplaySdrIsBasic 1
#define kOfxColourspaceOfxDisplaySdrIsCore 1
#define kOfxColourspaceOfxDisplaySdrIsDisplay 1

#define kOfxColourspaceOfxRaw "ofx_raw"
#define kOfxColourspaceOfxRawLabel "OFX generic raw"
#define kOfxColourspaceOfxRawEncoding ""
#define kOfxColourspaceOfxRawIsData 1
#define kOfxColourspaceOfxRawIsBasic 1
#define kOfxColourspaceOfxRawIsCore 1
#define kOfxColourspaceOfxRawIsDisplay 0

#define kOfxColourspaceOfxSceneLinear "ofx_scene_linear"
#define kOfxColourspaceOfxSceneLinearLabel "OFX generic scene linear"
#define kOfxColourspaceOfxSceneLinearEncoding "scene-linear"
#define kOfxColourspaceOfxSceneLinearIsData 0
#define kOfxColourspaceOfxSceneLinearIsBasic 1
#define kOfxColourspaceOfxSceneLinearIsCore 1
#define kOfxColourspaceOfxSceneLinearIsDisplay 0

#define kOfxColourspaceOfxSceneLog "ofx_scene_log"
#define kOfxColourspaceOfxSceneLogLabel "OFX generic scene log"
#define kOfxColourspaceOfxSceneLogEncoding "log"
#define kOfxColourspaceOfxSceneLogIsData 0
#define kOfxColourspaceOfxSceneLogIsBasic 1
#define kOfxColourspaceOfxSceneLogIsCore 1
#define kOfxColourspaceOfxSceneLogIsDisplay 0

#define kOfxColourspaceSrgbDisplay "srgb_display"
#define kOfxColourspaceSrgbDisplayLabel "sRGB - Display"
#define kOfxColourspaceSrgbDisplayEncoding "sdr-video"
#define kOfxColourspaceSrgbDisplayIsData 0
#define kOfxColourspaceSrgbDisplayIsBasic 0
#define kOfxColourspaceSrgbDisplayIsCore 1
#define kOfxColourspaceSrgbDisplayIsDisplay 1

#define kOfxColourspaceDisplayp3Display "displayp3_display"
#define kOfxColourspaceDisplayp3DisplayLabel "Display P3 - Display"
#define kOfxColourspaceDisplayp3DisplayEncoding "sdr-video"
#define kOfxColourspaceDisplayp3DisplayIsData 0
#define kOfxColourspaceDisplayp3DisplayIsBasic 0
#define kOfxColourspaceDisplayp3DisplayIsCore 1
#define kOfxColourspaceDisplayp3DisplayIsDisplay 1

#define kOfxColourspaceRec1886Rec709Display "rec1886_rec709_display"
#define kOfxColourspaceRec1886Rec709DisplayLabel "Rec.1886 Rec.709 - Display"
#define kOfxColourspaceRec1886Rec709DisplayEncoding "sdr-video"
#define kOfxColourspaceRec1886Rec709DisplayIsData 0
#define kOfxColourspaceRec1886Rec709DisplayIsBasic 0
#define kOfxColourspaceRec1886Rec709DisplayIsCore 1
#define kOfxColourspaceRec1886Rec709DisplayIsDisplay 1

#define kOfxColourspaceRec1886Rec2020Display "rec1886_rec2020_display"
#define kOfxColourspaceRec1886Rec2020DisplayLabel "Rec.1886 Rec.2020 - Display"
#define kOfxColourspaceRec1886Rec2020DisplayEncoding "sdr-video"
#define kOfxColourspaceRec1886Rec2020DisplayIsData 0
#define kOfxColourspaceRec1886Rec2020DisplayIsBasic 0
#define kOfxColourspaceRec1886Rec2020DisplayIsCore 1
#define kOfxColourspaceRec1886Rec2020DisplayIsDisplay 1

#define kOfxColourspaceRec2100HlgDisplay "rec2100_hlg_display"
#define kOfxColourspaceRec2100HlgDisplayLabel "Rec.2100-HLG - Display"
#define kOfxColourspaceRec2100HlgDisplayEncoding "hdr-video"
#define kOfxColourspaceRec2100HlgDisplayIsData 0
#define kOfxColourspaceRec2100HlgDisplayIsBasic 0
#define kOfxColourspaceRec2100HlgDisplayIsCore 1
#define kOfxColourspaceRec2100HlgDisplayIsDisplay 1

#define kOfxColourspaceRec2100PqDisplay "rec2100_pq_display"
#define kOfxColourspaceRec2100PqDisplayLabel "Rec.2100-PQ - Display"
#define kOfxColourspaceRec2100PqDisplayEncoding "hdr-video"
#define kOfxColourspaceRec2100PqDisplayIsData 0
#define kOfxColourspaceRec2100PqDisplayIsBasic 0
#define kOfxColourspaceRec2100PqDisplayIsCore 1
#define kOfxColourspaceRec2100PqDisplayIsDisplay 1

#define kOfxColourspaceSt2084P3d65Display "st2084_p3d65_display"
#define kOfxColourspaceSt2084P3d65DisplayLabel "ST2084-P3-D65 - Display"
#define kOfxColourspaceSt2084P3d65DisplayEncoding "hdr-video"
#define kOfxColourspaceSt2084P3d65DisplayIsData 0
#define kOfxColourspaceSt2084P3d65DisplayIsBasic 0
#define kOfxColourspaceSt2084P3d65DisplayIsCore 1
#define kOfxColourspaceSt2084P3d65DisplayIsDisplay 1

#define kOfxColourspaceP3d65Display "p3d65_display"
#define kOfxColourspaceP3d65DisplayLabel "P3-D65 - Display"
#define kOfxColourspaceP3d65DisplayEncoding "sdr-video"
#define kOfxColourspaceP3d65DisplayIsData 0
#define kOfxColourspaceP3d65DisplayIsBasic 0
#define kOfxColourspaceP3d65DisplayIsCore 1
#define kOfxColourspaceP3d65DisplayIsDisplay 1

#define kOfxColourspaceACES20651 "ACES2065-1"
#define kOfxColourspaceACES20651Label "ACES2065-1"
#define kOfxColourspaceACES20651Encoding "scene-linear"
#define kOfxColourspaceACES20651IsData 0
#define kOfxColourspaceACES20651IsBasic 0
#define kOfxColourspaceACES20651IsCore 1
#define kOfxColourspaceACES20651IsDisplay 0

#define kOfxColourspaceACEScc "ACEScc"
#define kOfxColourspaceACESccLabel "ACEScc"
#define kOfxColourspaceACESccEncoding "log"
#define kOfxColourspaceACESccIsData 0
#define kOfxColourspaceACESccIsBasic 0
#define kOfxColourspaceACESccIsCore 1
#define kOfxColourspaceACESccIsDisplay 0

#define kOfxColourspaceACEScct "ACEScct"
#define kOfxColourspaceACEScctLabel "ACEScct"
#define kOfxColourspaceACEScctEncoding "log"
#define kOfxColourspaceACEScctIsData 0
#define kOfxColourspaceACEScctIsBasic 0
#define kOfxColourspaceACEScctIsCore 1
#define kOfxColourspaceACEScctIsDisplay 0

#define kOfxColourspaceACEScg "ACEScg"
#define kOfxColourspaceACEScgLabel "ACEScg"
#define kOfxColourspaceACEScgEncoding "scene-linear"
#define kOfxColourspaceACEScgIsData 0
#define kOfxColourspaceACEScgIsBasic 0
#define kOfxColourspaceACEScgIsCore 1
#define kOfxColourspaceACEScgIsDisplay 0

#define kOfxColourspaceLinP3d65 "lin_p3d65"
#define kOfxColourspaceLinP3d65Label "Linear P3-D65"
#define kOfxColourspaceLinP3d65Encoding "scene-linear"
#define kOfxColourspaceLinP3d65IsData 0
#define kOfxColourspaceLinP3d65IsBasic 0
#define kOfxColourspaceLinP3d65IsCore 1
#define kOfxColourspaceLinP3d65IsDisplay 0

#define kOfxColourspaceLinRec2020 "lin_rec2020"
#define kOfxColourspaceLinRec2020Label "Linear Rec.2020"
#define kOfxColourspaceLinRec2020Encoding "scene-linear"
#define kOfxColourspaceLinRec2020IsData 0
#define kOfxColourspaceLinRec2020IsBasic 0
#define kOfxColourspaceLinRec2020IsCore 1
#define kOfxColourspaceLinRec2020IsDisplay 0

#define kOfxColourspaceLinRec709Srgb "lin_rec709_srgb"
#define kOfxColourspaceLinRec709SrgbLabel "Linear Rec.709 (sRGB)"
#define kOfxColourspaceLinRec709SrgbEncoding "scene-linear"
#define kOfxColourspaceLinRec709SrgbIsData 0
#define kOfxColourspaceLinRec709SrgbIsBasic 0
#define kOfxColourspaceLinRec709SrgbIsCore 1
#define kOfxColourspaceLinRec709SrgbIsDisplay 0

#define kOfxColourspaceG18Rec709Tx "g18_rec709_tx"
#define kOfxColourspaceG18Rec709TxLabel "Gamma 1.8 Rec.709 - Texture"
#define kOfxColourspaceG18Rec709TxEncoding "sdr-video"
#define kOfxColourspaceG18Rec709TxIsData 0
#define kOfxColourspaceG18Rec709TxIsBasic 0
#define kOfxColourspaceG18Rec709TxIsCore 1
#define kOfxColourspaceG18Rec709TxIsDisplay 0

#define kOfxColourspaceG22Ap1Tx "g22_ap1_tx"
#define kOfxColourspaceG22Ap1TxLabel "Gamma 2.2 AP1 - Texture"
#define kOfxColourspaceG22Ap1TxEncoding "sdr-video"
#define kOfxColourspaceG22Ap1TxIsData 0
#define kOfxColourspaceG22Ap1TxIsBasic 0
#define kOfxColourspaceG22Ap1TxIsCore 1
#define kOfxColourspaceG22Ap1TxIsDisplay 0

#define kOfxColourspaceG22Rec709Tx "g22_rec709_tx"
#define kOfxColourspaceG22Rec709TxLabel "Gamma 2.2 Rec.709 - Texture"
#define kOfxColourspaceG22Rec709TxEncoding "sdr-video"
#define kOfxColourspaceG22Rec709TxIsData 0
#define kOfxColourspaceG22Rec709TxIsBasic 0
#define kOfxColourspaceG22Rec709TxIsCore 1
#define kOfxColourspaceG22Rec709TxIsDisplay 0

#define kOfxColourspaceG24Rec709Tx "g24_rec709_tx"
#define kOfxColourspaceG24Rec709TxLabel "Gamma 2.4 Rec.709 - Texture"
#define kOfxColourspaceG24Rec709TxEncoding "sdr-video"
#define kOfxColourspaceG24Rec709TxIsData 0
#define kOfxColourspaceG24Rec709TxIsBasic 0
#define kOfxColourspaceG24Rec709TxIsCore 1
#define kOfxColourspaceG24Rec709TxIsDisplay 0

#define kOfxColourspaceSrgbEncodedAp1Tx "srgb_encoded_ap1_tx"
#define kOfxColourspaceSrgbEncodedAp1TxLabel "sRGB Encoded AP1 - Texture"
#define kOfxColourspaceSrgbEncodedAp1TxEncoding "sdr-video"
#define kOfxColourspaceSrgbEncodedAp1TxIsData 0
#define kOfxColourspaceSrgbEncodedAp1TxIsBasic 0
#define kOfxColourspaceSrgbEncodedAp1TxIsCore 1
#define kOfxColourspaceSrgbEncodedAp1TxIsDisplay 0

#define kOfxColourspaceSrgbEncodedP3d65Tx "srgb_encoded_p3d65_tx"
#define kOfxColourspaceSrgbEncodedP3d65TxLabel "sRGB Encoded P3-D65 - Texture"
#define kOfxColourspaceSrgbEncodedP3d65TxEncoding "sdr-video"
#define kOfxColourspaceSrgbEncodedP3d65TxIsData 0
#define kOfxColourspaceSrgbEncodedP3d65TxIsBasic 0
#define kOfxColourspaceSrgbEncodedP3d65TxIsCore 1
#define kOfxColourspaceSrgbEncodedP3d65TxIsDisplay 0

#define kOfxColourspaceSrgbTx "srgb_tx"
#define kOfxColourspaceSrgbTxLabel "sRGB - Texture"
#define kOfxColourspaceSrgbTxEncoding "sdr-video"
#define kOfxColourspaceSrgbTxIsData 0
#define kOfxColourspaceSrgbTxIsBasic 0
#define kOfxColourspaceSrgbTxIsCore 1
#define kOfxColourspaceSrgbTxIsDisplay 0

#define kOfxColourspaceRaw "Raw"
#define kOfxColourspaceRawLabel "Raw"
#define kOfxColourspaceRawEncoding ""
#define kOfxColourspaceRawIsData 1
#define kOfxColourspaceRawIsBasic 0
#define kOfxColourspaceRawIsCore 1
#define kOfxColourspaceRawIsDisplay 0

#define kOfxColourspaceCIEXYZD65 "CIE-XYZ-D65"
#define kOfxColourspaceCIEXYZD65Label "CIE-XYZ-D65"
#define kOfxColourspaceCIEXYZD65Encoding ""
#define kOfxColourspaceCIEXYZD65IsData 0
#define kOfxColourspaceCIEXYZD65IsBasic 0
#define kOfxColourspaceCIEXYZD65IsCore 0
#define kOfxColourspaceCIEXYZD65IsDisplay 1

#define kOfxColourspaceP3d60Display "p3d60_display"
#define kOfxColourspaceP3d60DisplayLabel "P3-D60 - Display"
#define kOfxColourspaceP3d60DisplayEncoding "sdr-video"
#define kOfxColourspaceP3d60DisplayIsData 0
#define kOfxColourspaceP3d60DisplayIsBasic 0
#define kOfxColourspaceP3d60DisplayIsCore 0
#define kOfxColourspaceP3d60DisplayIsDisplay 1

#define kOfxColourspaceP3DciDisplay "p3_dci_display"
#define kOfxColourspaceP3DciDisplayLabel "P3-DCI - Display"
#define kOfxColourspaceP3DciDisplayEncoding "sdr-video"
#define kOfxColourspaceP3DciDisplayIsData 0
#define kOfxColourspaceP3DciDisplayIsBasic 0
#define kOfxColourspaceP3DciDisplayIsCore 0
#define kOfxColourspaceP3DciDisplayIsDisplay 1

#define kOfxColourspaceADX10 "ADX10"
#define kOfxColourspaceADX10Label "ADX10"
#define kOfxColourspaceADX10Encoding "log"
#define kOfxColourspaceADX10IsData 0
#define kOfxColourspaceADX10IsBasic 0
#define kOfxColourspaceADX10IsCore 0
#define kOfxColourspaceADX10IsDisplay 0

#define kOfxColourspaceADX16 "ADX16"
#define kOfxColourspaceADX16Label "ADX16"
#define kOfxColourspaceADX16Encoding "log"
#define kOfxColourspaceADX16IsData 0
#define kOfxColourspaceADX16IsBasic 0
#define kOfxColourspaceADX16IsCore 0
#define kOfxColourspaceADX16IsDisplay 0

#define kOfxColourspaceLinArriWideGamut3 "lin_arri_wide_gamut_3"
#define kOfxColourspaceLinArriWideGamut3Label "Linear ARRI Wide Gamut 3"
#define kOfxColourspaceLinArriWideGamut3Encoding "scene-linear"
#define kOfxColourspaceLinArriWideGamut3IsData 0
#define kOfxColourspaceLinArriWideGamut3IsBasic 0
#define kOfxColourspaceLinArriWideGamut3IsCore 0
#define kOfxColourspaceLinArriWideGamut3IsDisplay 0

#define kOfxColourspaceArriLogc3Ei800 "arri_logc3_ei800"
#define kOfxColourspaceArriLogc3Ei800Label "ARRI LogC3 (EI800)"
#define kOfxColourspaceArriLogc3Ei800Encoding "log"
#define kOfxColourspaceArriLogc3Ei800IsData 0
#define kOfxColourspaceArriLogc3Ei800IsBasic 0
#define kOfxColourspaceArriLogc3Ei800IsCore 0
#define kOfxColourspaceArriLogc3Ei800IsDisplay 0

#define kOfxColourspaceLinArriWideGamut4 "lin_arri_wide_gamut_4"
#define kOfxColourspaceLinArriWideGamut4Label "Linear ARRI Wide Gamut 4"
#define kOfxColourspaceLinArriWideGamut4Encoding "scene-linear"
#define kOfxColourspaceLinArriWideGamut4IsData 0
#define kOfxColourspaceLinArriWideGamut4IsBasic 0
#define kOfxColourspaceLinArriWideGamut4IsCore 0
#define kOfxColourspaceLinArriWideGamut4IsDisplay 0

#define kOfxColourspaceArriLogc4 "arri_logc4"
#define kOfxColourspaceArriLogc4Label "ARRI LogC4"
#define kOfxColourspaceArriLogc4Encoding "log"
#define kOfxColourspaceArriLogc4IsData 0
#define kOfxColourspaceArriLogc4IsBasic 0
#define kOfxColourspaceArriLogc4IsCore 0
#define kOfxColourspaceArriLogc4IsDisplay 0

#define kOfxColourspaceBmdfilmWidegamutGen5 "bmdfilm_widegamut_gen5"
#define kOfxColourspaceBmdfilmWidegamutGen5Label "BMDFilm WideGamut Gen5"
#define kOfxColourspaceBmdfilmWidegamutGen5Encoding "log"
#define kOfxColourspaceBmdfilmWidegamutGen5IsData 0
#define kOfxColourspaceBmdfilmWidegamutGen5IsBasic 0
#define kOfxColourspaceBmdfilmWidegamutGen5IsCore 0
#define kOfxColourspaceBmdfilmWidegamutGen5IsDisplay 0

#define kOfxColourspaceDavinciIntermediateWidegamut "davinci_intermediate_widegamut"
#define kOfxColourspaceDavinciIntermediateWidegamutLabel "DaVinci Intermediate WideGamut"
#define kOfxColourspaceDavinciIntermediateWidegamutEncoding "log"
#define kOfxColourspaceDavinciIntermediateWidegamutIsData 0
#define kOfxColourspaceDavinciIntermediateWidegamutIsBasic 0
#define kOfxColourspaceDavinciIntermediateWidegamutIsCore 0
#define kOfxColourspaceDavinciIntermediateWidegamutIsDisplay 0

#define kOfxColourspaceLinBmdWidegamutGen5 "lin_bmd_widegamut_gen5"
#define kOfxColourspaceLinBmdWidegamutGen5Label "Linear BMD WideGamut Gen5"
#define kOfxColourspaceLinBmdWidegamutGen5Encoding "scene-linear"
#define kOfxColourspaceLinBmdWidegamutGen5IsData 0
#define kOfxColourspaceLinBmdWidegamutGen5IsBasic 0
#define kOfxColourspaceLinBmdWidegamutGen5IsCore 0
#define kOfxColourspaceLinBmdWidegamutGen5IsDisplay 0

#define kOfxColourspaceLinDavinciWidegamut "lin_davinci_widegamut"
#define kOfxColourspaceLinDavinciWidegamutLabel "Linear DaVinci WideGamut"
#define kOfxColourspaceLinDavinciWidegamutEncoding "scene-linear"
#define kOfxColourspaceLinDavinciWidegamutIsData 0
#define kOfxColourspaceLinDavinciWidegamutIsBasic 0
#define kOfxColourspaceLinDavinciWidegamutIsCore 0
#define kOfxColourspaceLinDavinciWidegamutIsDisplay 0

#define kOfxColourspaceCanonlog2CinemagamutD55 "canonlog2_cinemagamut_d55"
#define kOfxColourspaceCanonlog2CinemagamutD55Label "CanonLog2 CinemaGamut D55"
#define kOfxColourspaceCanonlog2CinemagamutD55Encoding "log"
#define kOfxColourspaceCanonlog2CinemagamutD55IsData 0
#define kOfxColourspaceCanonlog2CinemagamutD55IsBasic 0
#define kOfxColourspaceCanonlog2CinemagamutD55IsCore 0
#define kOfxColourspaceCanonlog2CinemagamutD55IsDisplay 0

#define kOfxColourspaceCanonlog3CinemagamutD55 "canonlog3_cinemagamut_d55"
#define kOfxColourspaceCanonlog3CinemagamutD55Label "CanonLog3 CinemaGamut D55"
#define kOfxColourspaceCanonlog3CinemagamutD55Encoding "log"
#define kOfxColourspaceCanonlog3CinemagamutD55IsData 0
#define kOfxColourspaceCanonlog3CinemagamutD55IsBasic 0
#define kOfxColourspaceCanonlog3CinemagamutD55IsCore 0
#define kOfxColourspaceCanonlog3CinemagamutD55IsDisplay 0

#define kOfxColourspaceLinCinemagamutD55 "lin_cinemagamut_d55"
#define kOfxColourspaceLinCinemagamutD55Label "Linear CinemaGamut D55"
#define kOfxColourspaceLinCinemagamutD55Encoding "scene-linear"
#define kOfxColourspaceLinCinemagamutD55IsData 0
#define kOfxColourspaceLinCinemagamutD55IsBasic 0
#define kOfxColourspaceLinCinemagamutD55IsCore 0
#define kOfxColourspaceLinCinemagamutD55IsDisplay 0

#define kOfxColourspaceLinVgamut "lin_vgamut"
#define kOfxColourspaceLinVgamutLabel "Linear V-Gamut"
#define kOfxColourspaceLinVgamutEncoding "scene-linear"
#define kOfxColourspaceLinVgamutIsData 0
#define kOfxColourspaceLinVgamutIsBasic 0
#define kOfxColourspaceLinVgamutIsCore 0
#define kOfxColourspaceLinVgamutIsDisplay 0

#define kOfxColourspaceVlogVgamut "vlog_vgamut"
#define kOfxColourspaceVlogVgamutLabel "V-Log V-Gamut"
#define kOfxColourspaceVlogVgamutEncoding "log"
#define kOfxColourspaceVlogVgamutIsData 0
#define kOfxColourspaceVlogVgamutIsBasic 0
#define kOfxColourspaceVlogVgamutIsCore 0
#define kOfxColourspaceVlogVgamutIsDisplay 0

#define kOfxColourspaceLinRedwidegamutrgb "lin_redwidegamutrgb"
#define kOfxColourspaceLinRedwidegamutrgbLabel "Linear REDWideGamutRGB"
#define kOfxColourspaceLinRedwidegamutrgbEncoding "scene-linear"
#define kOfxColourspaceLinRedwidegamutrgbIsData 0
#define kOfxColourspaceLinRedwidegamutrgbIsBasic 0
#define kOfxColourspaceLinRedwidegamutrgbIsCore 0
#define kOfxColourspaceLinRedwidegamutrgbIsDisplay 0

#define kOfxColourspaceLog3g10Redwidegamutrgb "log3g10_redwidegamutrgb"
#define kOfxColourspaceLog3g10RedwidegamutrgbLabel "Log3G10 REDWideGamutRGB"
#define kOfxColourspaceLog3g10RedwidegamutrgbEncoding "log"
#define kOfxColourspaceLog3g10RedwidegamutrgbIsData 0
#define kOfxColourspaceLog3g10RedwidegamutrgbIsBasic 0
#define kOfxColourspaceLog3g10RedwidegamutrgbIsCore 0
#define kOfxColourspaceLog3g10RedwidegamutrgbIsDisplay 0

#define kOfxColourspaceLinSgamut3 "lin_sgamut3"
#define kOfxColourspaceLinSgamut3Label "Linear S-Gamut3"
#define kOfxColourspaceLinSgamut3Encoding "scene-linear"
#define kOfxColourspaceLinSgamut3IsData 0
#define kOfxColourspaceLinSgamut3IsBasic 0
#define kOfxColourspaceLinSgamut3IsCore 0
#define kOfxColourspaceLinSgamut3IsDisplay 0

#define kOfxColourspaceLinSgamut3cine "lin_sgamut3cine"
#define kOfxColourspaceLinSgamut3cineLabel "Linear S-Gamut3.Cine"
#define kOfxColourspaceLinSgamut3cineEncoding "scene-linear"
#define kOfxColourspaceLinSgamut3cineIsData 0
#define kOfxColourspaceLinSgamut3cineIsBasic 0
#define kOfxColourspaceLinSgamut3cineIsCore 0
#define kOfxColourspaceLinSgamut3cineIsDisplay 0

#define kOfxColourspaceLinVeniceSgamut3 "lin_venice_sgamut3"
#define kOfxColourspaceLinVeniceSgamut3Label "Linear Venice S-Gamut3"
#define kOfxColourspaceLinVeniceSgamut3Encoding "scene-linear"
#define kOfxColourspaceLinVeniceSgamut3IsData 0
#define kOfxColourspaceLinVeniceSgamut3IsBasic 0
#define kOfxColourspaceLinVeniceSgamut3IsCore 0
#define kOfxColourspaceLinVeniceSgamut3IsDisplay 0

#define kOfxColourspaceLinVeniceSgamut3cine "lin_venice_sgamut3cine"
#define kOfxColourspaceLinVeniceSgamut3cineLabel "Linear Venice S-Gamut3.Cine"
#define kOfxColourspaceLinVeniceSgamut3cineEncoding "scene-linear"
#define kOfxColourspaceLinVeniceSgamut3cineIsData 0
#define kOfxColourspaceLinVeniceSgamut3cineIsBasic 0
#define kOfxColourspaceLinVeniceSgamut3cineIsCore 0
#define kOfxColourspaceLinVeniceSgamut3cineIsDisplay 0

#define kOfxColourspaceSlog3Sgamut3 "slog3_sgamut3"
#define kOfxColourspaceSlog3Sgamut3Label "S-Log3 S-Gamut3"
#define kOfxColourspaceSlog3Sgamut3Encoding "log"
#define kOfxColourspaceSlog3Sgamut3IsData 0
#define kOfxColourspaceSlog3Sgamut3IsBasic 0
#define kOfxColourspaceSlog3Sgamut3IsCore 0
#define kOfxColourspaceSlog3Sgamut3IsDisplay 0

#define kOfxColourspaceSlog3Sgamut3cine "slog3_sgamut3cine"
#define kOfxColourspaceSlog3Sgamut3cineLabel "S-Log3 S-Gamut3.Cine"
#define kOfxColourspaceSlog3Sgamut3cineEncoding "log"
#define kOfxColourspaceSlog3Sgamut3cineIsData 0
#define kOfxColourspaceSlog3Sgamut3cineIsBasic 0
#define kOfxColourspaceSlog3Sgamut3cineIsCore 0
#define kOfxColourspaceSlog3Sgamut3cineIsDisplay 0

#define kOfxColourspaceSlog3VeniceSgamut3 "slog3_venice_sgamut3"
#define kOfxColourspaceSlog3VeniceSgamut3Label "S-Log3 Venice S-Gamut3"
#define kOfxColourspaceSlog3VeniceSgamut3Encoding "log"
#define kOfxColourspaceSlog3VeniceSgamut3IsData 0
#define kOfxColourspaceSlog3VeniceSgamut3IsBasic 0
#define kOfxColourspaceSlog3VeniceSgamut3IsCore 0
#define kOfxColourspaceSlog3VeniceSgamut3IsDisplay 0

#define kOfxColourspaceSlog3VeniceSgamut3cine "slog3_venice_sgamut3cine"
#define kOfxColourspaceSlog3VeniceSgamut3cineLabel "S-Log3 Venice S-Gamut3.Cine"
#define kOfxColourspaceSlog3VeniceSgamut3cineEncoding "log"
#define kOfxColourspaceSlog3VeniceSgamut3cineIsData 0
#define kOfxColourspaceSlog3VeniceSgamut3cineIsBasic 0
#define kOfxColourspaceSlog3VeniceSgamut3cineIsCore 0
#define kOfxColourspaceSlog3VeniceSgamut3cineIsDisplay 0

#define kOfxColourspaceCameraRec709 "camera_rec709"
#define kOfxColourspaceCameraRec709Label "Camera Rec.709"
#define kOfxColourspaceCameraRec709Encoding "sdr-video"
#define kOfxColourspaceCameraRec709IsData 0
#define kOfxColourspaceCameraRec709IsBasic 0
#define kOfxColourspaceCameraRec709IsCore 0
#define kOfxColourspaceCameraRec709IsDisplay 0

/* Roles: names for whatever space a configuration gives them to. */
#define kOfxColourspaceRoleAcesInterchange "aces_interchange"
#define kOfxColourspaceRoleCieXyzD65Interchange "cie_xyz_d65_interchange"
#define kOfxColourspaceRoleColorPicking "color_picking"
#define kOfxColourspaceRoleColorTiming "color_timing"
#define kOfxColourspaceRoleCompositingLog "compositing_log"
#define kOfxColourspaceRoleData "data"
#define kOfxColourspaceRoleMattePaint "matte_paint"
#define kOfxColourspaceRoleSceneLinear "scene_linear"
#define kOfxColourspaceRoleTexturePaint "texture_paint"
#define kOfxColourspaceRoleAcesInterchangeIsBasic 0
#define kOfxColourspaceRoleAcesInterchangeIsCore 1
#define kOfxColourspaceRoleCieXyzD65InterchangeIsBasic 0
#define kOfxColourspaceRoleCieXyzD65InterchangeIsCore 1
#define kOfxColourspaceRoleColorPickingIsBasic 0
#define kOfxColourspaceRoleColorPickingIsCore 1
#define kOfxColourspaceRoleColorTimingIsBasic 0
#define kOfxColourspaceRoleColorTimingIsCore 1
#define kOfxColourspaceRoleCompositingLogIsBasic 0
#define kOfxColourspaceRoleCompositingLogIsCore 1
#define kOfxColourspaceRoleDataIsBasic 0
#define kOfxColourspaceRoleDataIsCore 1
#define kOfxColourspaceRoleMattePaintIsBasic 0
#define kOfxColourspaceRoleMattePaintIsCore 1
#define kOfxColourspaceRoleSceneLinearIsBasic 0
#define kOfxColourspaceRoleSceneLinearIsCore 1
#define kOfxColourspaceRoleTexturePaintIsBasic 0
#define kOfxColourspaceRoleTexturePaintIsCore 1

#endif
