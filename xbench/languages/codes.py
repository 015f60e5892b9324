"""Lists of language codes that several published data sets share."""

FLORES_200: tuple[str, ...] = tuple(
    """
ace_Arab ace_Latn acm_Arab acq_Arab aeb_Arab afr_Latn ajp_Arab aka_Latn als_Latn amh_Ethi apc_Arab arb_Arab
arb_Latn ars_Arab ary_Arab arz_Arab asm_Beng ast_Latn awa_Deva ayr_Latn azb_Arab azj_Latn bak_Cyrl bam_Latn
ban_Latn bel_Cyrl bem_Latn ben_Beng bho_Deva bjn_Arab bjn_Latn bod_Tibt bos_Latn bug_Latn bul_Cyrl cat_Latn
ceb_Latn ces_Latn cjk_Latn ckb_Arab crh_Latn cym_Latn dan_Latn deu_Latn dik_Latn dyu_Latn dzo_Tibt ell_Grek
eng_Latn epo_Latn est_Latn eus_Latn ewe_Latn fao_Latn fij_Latn fin_Latn fon_Latn fra_Latn fur_Latn fuv_Latn
gaz_Latn gla_Latn gle_Latn glg_Latn grn_Latn guj_Gujr hat_Latn hau_Latn heb_Hebr hin_Deva hne_Deva hrv_Latn
hun_Latn hye_Armn ibo_Latn ilo_Latn ind_Latn isl_Latn ita_Latn jav_Latn jpn_Jpan kab_Latn kac_Latn kam_Latn
kan_Knda kas_Arab kas_Deva kat_Geor kaz_Cyrl kbp_Latn kea_Latn khk_Cyrl khm_Khmr kik_Latn kin_Latn kir_Cyrl
kmb_Latn kmr_Latn knc_Arab knc_Latn kon_Latn kor_Hang lao_Laoo lij_Latn lim_Latn lin_Latn lit_Latn lmo_Latn
ltg_Latn ltz_Latn lua_Latn lug_Latn luo_Latn lus_Latn lvs_Latn mag_Deva mai_Deva mal_Mlym mar_Deva min_Arab
min_Latn mkd_Cyrl mlt_Latn mni_Beng mos_Latn mri_Latn mya_Mymr nld_Latn nno_Latn nob_Latn npi_Deva nqo_Nkoo
nso_Latn nus_Latn nya_Latn oci_Latn ory_Orya pag_Latn pan_Guru pap_Latn pbt_Arab pes_Arab plt_Latn pol_Latn
por_Latn prs_Arab quy_Latn ron_Latn run_Latn rus_Cyrl sag_Latn san_Deva sat_Olck scn_Latn shn_Mymr sin_Sinh
slk_Latn slv_Latn smo_Latn sna_Latn snd_Arab som_Latn sot_Latn spa_Latn srd_Latn srp_Cyrl ssw_Latn sun_Latn
swe_Latn swh_Latn szl_Latn tam_Taml taq_Latn taq_Tfng tat_Cyrl tel_Telu tgk_Cyrl tgl_Latn tha_Thai tir_Ethi
tpi_Latn tsn_Latn tso_Latn tuk_Latn tum_Latn tur_Latn twi_Latn tzm_Tfng uig_Arab ukr_Cyrl umb_Latn urd_Arab
uzn_Latn vec_Latn vie_Latn war_Latn wol_Latn xho_Latn ydd_Hebr yor_Latn yue_Hant zho_Hans zho_Hant zsm_Latn
zul_Latn
""".split()
)
"""The languages and scripts of FLORES-200 with N'Ko, as it writes them: 205 (NLLB Team 2022)."""

NTREX: tuple[str, ...] = tuple(
    """
afr_Latn amh_Ethi arb_Arab aze_Latn bak_Cyrl bel_Cyrl bem_Latn ben_Beng bod_Tibt bos_Latn bul_Cyrl cat_Latn
ces_Latn ckb_Arab cym_Latn dan_Latn deu_Latn div_Thaa dzo_Tibt ell_Grek eng_Latn eus_Latn ewe_Latn fao_Latn
fas_Arab fij_Latn fil_Latn fin_Latn fra_Latn fuc_Latn gle_Latn glg_Latn guj_Gujr hau_Latn heb_Hebr hin_Deva
hrv_Latn hun_Latn hye_Armn ibo_Latn ind_Latn isl_Latn ita_Latn jpn_Jpan kan_Knda kat_Geor kaz_Cyrl khm_Khmr
kin_Latn kir_Cyrl kmr_Latn kor_Hang lao_Laoo lav_Latn lit_Latn ltz_Latn mal_Mlym mar_Deva mkd_Cyrl mlg_Latn
mlt_Latn mri_Latn msa_Latn mya_Mymr nde_Latn nep_Deva nld_Latn nno_Latn nob_Latn nso_Latn nya_Latn pan_Guru
pol_Latn por_Latn prs_Arab pus_Arab ron_Latn rus_Cyrl sin_Sinh slk_Latn slv_Latn smo_Latn sna_Latn snd_Arab
som_Latn spa_Latn sqi_Latn srp_Cyrl srp_Latn ssw_Latn swa_Latn swe_Latn tam_Taml tat_Cyrl tel_Telu tgk_Cyrl
tha_Thai tir_Ethi ton_Latn tsn_Latn tuk_Latn tur_Latn uig_Arab ukr_Cyrl urd_Arab uzb_Latn ven_Latn vie_Latn
wol_Latn xho_Latn yor_Latn yue_Hant zho_Hans zho_Hant zul_Latn
""".split()
)
"""Languages of NTREX-128 as MTEB's table of it writes them: 115 of 121 (Federmann et al. 2022).

Left out are hmn_Latn, mey_Arab and tah_Latn, which the language table does not know, and mon_Mong, orm_Ethi
and shi_Arab, whose scripts are not the usual ones and have not been seen in the texts.
"""
