#include "crawler/page/times.h"

#include <stdio.h>

#include "config/zone.h"
#include "crawler/page/dates_lang.h"
#include "tests/support/rows.h"

ROWS_STATE;

static struct wv_arena *arena;
static struct wv_zones *zones;
static const struct wv_zone *shanghai;

static int set_up(void **state)
{
	(void)state;
	if (wv_arena_new(8u << 20, &arena, NULL) != WV_OK || wv_zones_new(&zones, NULL) != WV_OK)
		return -1;
	return wv_zones_get(zones, WV_LIT("Asia/Shanghai"), &shanghai, NULL) == WV_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	wv_zones_free(&zones);
	wv_arena_free(&arena);
	return 0;
}

/* All rows are read as if fetched on Monday, 10 June 2024, noon UTC. */
static struct wv_times_context context_of(const char *language)
{
	static const struct wv_civil noon = {.year = 2024, .month = 6, .day = 10, .hour = 12};

	return (struct wv_times_context){.fetched = wv_time_of_civil(&noon),
					 .language = wv_slice_of(language)};
}

static struct wv_slice found_in(const struct wv_times_context *context, const char *text)
{
	struct wv_stated_time time;
	size_t begin, at = 0;

	if (!wv_times_find(arena, context, wv_slice_of(text), &begin, &at, &time))
		return WV_LIT("none");
	return time.text;
}

struct row {
	const char *language, *text, *expected;
};

static void check(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct wv_times_context context = context_of(rows[i].language);

		row_text(rows[i].text, found_in(&context, rows[i].text), rows[i].expected);
	}
	rows_end();
}

/* Every month of every language, as its newspapers write it. */
static const struct row months[] = {
/* clang-format off */
	{"en", "4 January 2023", "2023-01-04"},
	{"en", "11 February 2023", "2023-02-11"},
	{"en", "18 March 2023", "2023-03-18"},
	{"en", "25 April 2023", "2023-04-25"},
	{"en", "5 May 2023", "2023-05-05"},
	{"en", "12 June 2023", "2023-06-12"},
	{"en", "19 July 2023", "2023-07-19"},
	{"en", "26 August 2023", "2023-08-26"},
	{"en", "6 September 2023", "2023-09-06"},
	{"en", "13 October 2023", "2023-10-13"},
	{"en", "20 November 2023", "2023-11-20"},
	{"en", "27 December 2023", "2023-12-27"},
	{"de", "4. Januar 2023", "2023-01-04"},
	{"de", "11. Februar 2023", "2023-02-11"},
	{"de", "18. März 2023", "2023-03-18"},
	{"de", "25. April 2023", "2023-04-25"},
	{"de", "5. Mai 2023", "2023-05-05"},
	{"de", "12. Juni 2023", "2023-06-12"},
	{"de", "19. Juli 2023", "2023-07-19"},
	{"de", "26. August 2023", "2023-08-26"},
	{"de", "6. September 2023", "2023-09-06"},
	{"de", "13. Oktober 2023", "2023-10-13"},
	{"de", "20. November 2023", "2023-11-20"},
	{"de", "27. Dezember 2023", "2023-12-27"},
	{"de-AT", "4. Jänner 2023", "2023-01-04"},
	{"de-AT", "11. Feber 2023", "2023-02-11"},
	{"de-AT", "18. März 2023", "2023-03-18"},
	{"de-AT", "25. April 2023", "2023-04-25"},
	{"de-AT", "5. Mai 2023", "2023-05-05"},
	{"de-AT", "12. Juni 2023", "2023-06-12"},
	{"de-AT", "19. Juli 2023", "2023-07-19"},
	{"de-AT", "26. August 2023", "2023-08-26"},
	{"de-AT", "6. September 2023", "2023-09-06"},
	{"de-AT", "13. Oktober 2023", "2023-10-13"},
	{"de-AT", "20. November 2023", "2023-11-20"},
	{"de-AT", "27. Dezember 2023", "2023-12-27"},
	{"fr", "4 janvier 2023", "2023-01-04"},
	{"fr", "11 février 2023", "2023-02-11"},
	{"fr", "18 mars 2023", "2023-03-18"},
	{"fr", "25 avril 2023", "2023-04-25"},
	{"fr", "5 mai 2023", "2023-05-05"},
	{"fr", "12 juin 2023", "2023-06-12"},
	{"fr", "19 juillet 2023", "2023-07-19"},
	{"fr", "26 août 2023", "2023-08-26"},
	{"fr", "6 septembre 2023", "2023-09-06"},
	{"fr", "13 octobre 2023", "2023-10-13"},
	{"fr", "20 novembre 2023", "2023-11-20"},
	{"fr", "27 décembre 2023", "2023-12-27"},
	{"es", "4 de enero de 2023", "2023-01-04"},
	{"es", "11 de febrero de 2023", "2023-02-11"},
	{"es", "18 de marzo de 2023", "2023-03-18"},
	{"es", "25 de abril de 2023", "2023-04-25"},
	{"es", "5 de mayo de 2023", "2023-05-05"},
	{"es", "12 de junio de 2023", "2023-06-12"},
	{"es", "19 de julio de 2023", "2023-07-19"},
	{"es", "26 de agosto de 2023", "2023-08-26"},
	{"es", "6 de septiembre de 2023", "2023-09-06"},
	{"es", "13 de octubre de 2023", "2023-10-13"},
	{"es", "20 de noviembre de 2023", "2023-11-20"},
	{"es", "27 de diciembre de 2023", "2023-12-27"},
	{"it", "4 gennaio 2023", "2023-01-04"},
	{"it", "11 febbraio 2023", "2023-02-11"},
	{"it", "18 marzo 2023", "2023-03-18"},
	{"it", "25 aprile 2023", "2023-04-25"},
	{"it", "5 maggio 2023", "2023-05-05"},
	{"it", "12 giugno 2023", "2023-06-12"},
	{"it", "19 luglio 2023", "2023-07-19"},
	{"it", "26 agosto 2023", "2023-08-26"},
	{"it", "6 settembre 2023", "2023-09-06"},
	{"it", "13 ottobre 2023", "2023-10-13"},
	{"it", "20 novembre 2023", "2023-11-20"},
	{"it", "27 dicembre 2023", "2023-12-27"},
	{"pt", "4 de janeiro de 2023", "2023-01-04"},
	{"pt", "11 de fevereiro de 2023", "2023-02-11"},
	{"pt", "18 de março de 2023", "2023-03-18"},
	{"pt", "25 de abril de 2023", "2023-04-25"},
	{"pt", "5 de maio de 2023", "2023-05-05"},
	{"pt", "12 de junho de 2023", "2023-06-12"},
	{"pt", "19 de julho de 2023", "2023-07-19"},
	{"pt", "26 de agosto de 2023", "2023-08-26"},
	{"pt", "6 de setembro de 2023", "2023-09-06"},
	{"pt", "13 de outubro de 2023", "2023-10-13"},
	{"pt", "20 de novembro de 2023", "2023-11-20"},
	{"pt", "27 de dezembro de 2023", "2023-12-27"},
	{"nl", "4 januari 2023", "2023-01-04"},
	{"nl", "11 februari 2023", "2023-02-11"},
	{"nl", "18 maart 2023", "2023-03-18"},
	{"nl", "25 april 2023", "2023-04-25"},
	{"nl", "5 mei 2023", "2023-05-05"},
	{"nl", "12 juni 2023", "2023-06-12"},
	{"nl", "19 juli 2023", "2023-07-19"},
	{"nl", "26 augustus 2023", "2023-08-26"},
	{"nl", "6 september 2023", "2023-09-06"},
	{"nl", "13 oktober 2023", "2023-10-13"},
	{"nl", "20 november 2023", "2023-11-20"},
	{"nl", "27 december 2023", "2023-12-27"},
	{"pl", "4 stycznia 2023", "2023-01-04"},
	{"pl", "11 lutego 2023", "2023-02-11"},
	{"pl", "18 marca 2023", "2023-03-18"},
	{"pl", "25 kwietnia 2023", "2023-04-25"},
	{"pl", "5 maja 2023", "2023-05-05"},
	{"pl", "12 czerwca 2023", "2023-06-12"},
	{"pl", "19 lipca 2023", "2023-07-19"},
	{"pl", "26 sierpnia 2023", "2023-08-26"},
	{"pl", "6 września 2023", "2023-09-06"},
	{"pl", "13 października 2023", "2023-10-13"},
	{"pl", "20 listopada 2023", "2023-11-20"},
	{"pl", "27 grudnia 2023", "2023-12-27"},
	{"ru", "4 января 2023 года", "2023-01-04"},
	{"ru", "11 февраля 2023 года", "2023-02-11"},
	{"ru", "18 марта 2023 года", "2023-03-18"},
	{"ru", "25 апреля 2023 года", "2023-04-25"},
	{"ru", "5 мая 2023 года", "2023-05-05"},
	{"ru", "12 июня 2023 года", "2023-06-12"},
	{"ru", "19 июля 2023 года", "2023-07-19"},
	{"ru", "26 августа 2023 года", "2023-08-26"},
	{"ru", "6 сентября 2023 года", "2023-09-06"},
	{"ru", "13 октября 2023 года", "2023-10-13"},
	{"ru", "20 ноября 2023 года", "2023-11-20"},
	{"ru", "27 декабря 2023 года", "2023-12-27"},
	{"uk", "4 січня 2023", "2023-01-04"},
	{"uk", "11 лютого 2023", "2023-02-11"},
	{"uk", "18 березня 2023", "2023-03-18"},
	{"uk", "25 квітня 2023", "2023-04-25"},
	{"uk", "5 травня 2023", "2023-05-05"},
	{"uk", "12 червня 2023", "2023-06-12"},
	{"uk", "19 липня 2023", "2023-07-19"},
	{"uk", "26 серпня 2023", "2023-08-26"},
	{"uk", "6 вересня 2023", "2023-09-06"},
	{"uk", "13 жовтня 2023", "2023-10-13"},
	{"uk", "20 листопада 2023", "2023-11-20"},
	{"uk", "27 грудня 2023", "2023-12-27"},
	{"tr", "4 Ocak 2023", "2023-01-04"},
	{"tr", "11 Şubat 2023", "2023-02-11"},
	{"tr", "18 Mart 2023", "2023-03-18"},
	{"tr", "25 Nisan 2023", "2023-04-25"},
	{"tr", "5 Mayıs 2023", "2023-05-05"},
	{"tr", "12 Haziran 2023", "2023-06-12"},
	{"tr", "19 Temmuz 2023", "2023-07-19"},
	{"tr", "26 Ağustos 2023", "2023-08-26"},
	{"tr", "6 Eylül 2023", "2023-09-06"},
	{"tr", "13 Ekim 2023", "2023-10-13"},
	{"tr", "20 Kasım 2023", "2023-11-20"},
	{"tr", "27 Aralık 2023", "2023-12-27"},
	{"sv", "4 januari 2023", "2023-01-04"},
	{"sv", "11 februari 2023", "2023-02-11"},
	{"sv", "18 mars 2023", "2023-03-18"},
	{"sv", "25 april 2023", "2023-04-25"},
	{"sv", "5 maj 2023", "2023-05-05"},
	{"sv", "12 juni 2023", "2023-06-12"},
	{"sv", "19 juli 2023", "2023-07-19"},
	{"sv", "26 augusti 2023", "2023-08-26"},
	{"sv", "6 september 2023", "2023-09-06"},
	{"sv", "13 oktober 2023", "2023-10-13"},
	{"sv", "20 november 2023", "2023-11-20"},
	{"sv", "27 december 2023", "2023-12-27"},
	{"nb", "4. januar 2023", "2023-01-04"},
	{"nb", "11. februar 2023", "2023-02-11"},
	{"nb", "18. mars 2023", "2023-03-18"},
	{"nb", "25. april 2023", "2023-04-25"},
	{"nb", "5. mai 2023", "2023-05-05"},
	{"nb", "12. juni 2023", "2023-06-12"},
	{"nb", "19. juli 2023", "2023-07-19"},
	{"nb", "26. august 2023", "2023-08-26"},
	{"nb", "6. september 2023", "2023-09-06"},
	{"nb", "13. oktober 2023", "2023-10-13"},
	{"nb", "20. november 2023", "2023-11-20"},
	{"nb", "27. desember 2023", "2023-12-27"},
	{"da", "4. januar 2023", "2023-01-04"},
	{"da", "11. februar 2023", "2023-02-11"},
	{"da", "18. marts 2023", "2023-03-18"},
	{"da", "25. april 2023", "2023-04-25"},
	{"da", "5. maj 2023", "2023-05-05"},
	{"da", "12. juni 2023", "2023-06-12"},
	{"da", "19. juli 2023", "2023-07-19"},
	{"da", "26. august 2023", "2023-08-26"},
	{"da", "6. september 2023", "2023-09-06"},
	{"da", "13. oktober 2023", "2023-10-13"},
	{"da", "20. november 2023", "2023-11-20"},
	{"da", "27. december 2023", "2023-12-27"},
	{"fi", "4. tammikuuta 2023", "2023-01-04"},
	{"fi", "11. helmikuuta 2023", "2023-02-11"},
	{"fi", "18. maaliskuuta 2023", "2023-03-18"},
	{"fi", "25. huhtikuuta 2023", "2023-04-25"},
	{"fi", "5. toukokuuta 2023", "2023-05-05"},
	{"fi", "12. kesäkuuta 2023", "2023-06-12"},
	{"fi", "19. heinäkuuta 2023", "2023-07-19"},
	{"fi", "26. elokuuta 2023", "2023-08-26"},
	{"fi", "6. syyskuuta 2023", "2023-09-06"},
	{"fi", "13. lokakuuta 2023", "2023-10-13"},
	{"fi", "20. marraskuuta 2023", "2023-11-20"},
	{"fi", "27. joulukuuta 2023", "2023-12-27"},
	{"cs", "4. ledna 2023", "2023-01-04"},
	{"cs", "11. února 2023", "2023-02-11"},
	{"cs", "18. března 2023", "2023-03-18"},
	{"cs", "25. dubna 2023", "2023-04-25"},
	{"cs", "5. května 2023", "2023-05-05"},
	{"cs", "12. června 2023", "2023-06-12"},
	{"cs", "19. července 2023", "2023-07-19"},
	{"cs", "26. srpna 2023", "2023-08-26"},
	{"cs", "6. září 2023", "2023-09-06"},
	{"cs", "13. října 2023", "2023-10-13"},
	{"cs", "20. listopadu 2023", "2023-11-20"},
	{"cs", "27. prosince 2023", "2023-12-27"},
	{"hu", "2023. január 4.", "2023-01-04"},
	{"hu", "2023. február 11.", "2023-02-11"},
	{"hu", "2023. március 18.", "2023-03-18"},
	{"hu", "2023. április 25.", "2023-04-25"},
	{"hu", "2023. május 5.", "2023-05-05"},
	{"hu", "2023. június 12.", "2023-06-12"},
	{"hu", "2023. július 19.", "2023-07-19"},
	{"hu", "2023. augusztus 26.", "2023-08-26"},
	{"hu", "2023. szeptember 6.", "2023-09-06"},
	{"hu", "2023. október 13.", "2023-10-13"},
	{"hu", "2023. november 20.", "2023-11-20"},
	{"hu", "2023. december 27.", "2023-12-27"},
	{"ro", "4 ianuarie 2023", "2023-01-04"},
	{"ro", "11 februarie 2023", "2023-02-11"},
	{"ro", "18 martie 2023", "2023-03-18"},
	{"ro", "25 aprilie 2023", "2023-04-25"},
	{"ro", "5 mai 2023", "2023-05-05"},
	{"ro", "12 iunie 2023", "2023-06-12"},
	{"ro", "19 iulie 2023", "2023-07-19"},
	{"ro", "26 august 2023", "2023-08-26"},
	{"ro", "6 septembrie 2023", "2023-09-06"},
	{"ro", "13 octombrie 2023", "2023-10-13"},
	{"ro", "20 noiembrie 2023", "2023-11-20"},
	{"ro", "27 decembrie 2023", "2023-12-27"},
	{"el", "4 Ιανουαρίου 2023", "2023-01-04"},
	{"el", "11 Φεβρουαρίου 2023", "2023-02-11"},
	{"el", "18 Μαρτίου 2023", "2023-03-18"},
	{"el", "25 Απριλίου 2023", "2023-04-25"},
	{"el", "5 Μαΐου 2023", "2023-05-05"},
	{"el", "12 Ιουνίου 2023", "2023-06-12"},
	{"el", "19 Ιουλίου 2023", "2023-07-19"},
	{"el", "26 Αυγούστου 2023", "2023-08-26"},
	{"el", "6 Σεπτεμβρίου 2023", "2023-09-06"},
	{"el", "13 Οκτωβρίου 2023", "2023-10-13"},
	{"el", "20 Νοεμβρίου 2023", "2023-11-20"},
	{"el", "27 Δεκεμβρίου 2023", "2023-12-27"},
	{"ar", "4 يناير 2023", "2023-01-04"},
	{"ar", "11 فبراير 2023", "2023-02-11"},
	{"ar", "18 مارس 2023", "2023-03-18"},
	{"ar", "25 أبريل 2023", "2023-04-25"},
	{"ar", "5 مايو 2023", "2023-05-05"},
	{"ar", "12 يونيو 2023", "2023-06-12"},
	{"ar", "19 يوليو 2023", "2023-07-19"},
	{"ar", "26 أغسطس 2023", "2023-08-26"},
	{"ar", "6 سبتمبر 2023", "2023-09-06"},
	{"ar", "13 أكتوبر 2023", "2023-10-13"},
	{"ar", "20 نوفمبر 2023", "2023-11-20"},
	{"ar", "27 ديسمبر 2023", "2023-12-27"},
	{"he", "4 בינואר 2023", "2023-01-04"},
	{"he", "11 בפברואר 2023", "2023-02-11"},
	{"he", "18 במרץ 2023", "2023-03-18"},
	{"he", "25 באפריל 2023", "2023-04-25"},
	{"he", "5 במאי 2023", "2023-05-05"},
	{"he", "12 ביוני 2023", "2023-06-12"},
	{"he", "19 ביולי 2023", "2023-07-19"},
	{"he", "26 באוגוסט 2023", "2023-08-26"},
	{"he", "6 בספטמבר 2023", "2023-09-06"},
	{"he", "13 באוקטובר 2023", "2023-10-13"},
	{"he", "20 בנובמבר 2023", "2023-11-20"},
	{"he", "27 בדצמבר 2023", "2023-12-27"},
	{"id", "4 Januari 2023", "2023-01-04"},
	{"id", "11 Februari 2023", "2023-02-11"},
	{"id", "18 Maret 2023", "2023-03-18"},
	{"id", "25 April 2023", "2023-04-25"},
	{"id", "5 Mei 2023", "2023-05-05"},
	{"id", "12 Juni 2023", "2023-06-12"},
	{"id", "19 Juli 2023", "2023-07-19"},
	{"id", "26 Agustus 2023", "2023-08-26"},
	{"id", "6 September 2023", "2023-09-06"},
	{"id", "13 Oktober 2023", "2023-10-13"},
	{"id", "20 November 2023", "2023-11-20"},
	{"id", "27 Desember 2023", "2023-12-27"},
	{"hi", "4 जनवरी 2023", "2023-01-04"},
	{"hi", "11 फरवरी 2023", "2023-02-11"},
	{"hi", "18 मार्च 2023", "2023-03-18"},
	{"hi", "25 अप्रैल 2023", "2023-04-25"},
	{"hi", "5 मई 2023", "2023-05-05"},
	{"hi", "12 जून 2023", "2023-06-12"},
	{"hi", "19 जुलाई 2023", "2023-07-19"},
	{"hi", "26 अगस्त 2023", "2023-08-26"},
	{"hi", "6 सितंबर 2023", "2023-09-06"},
	{"hi", "13 अक्टूबर 2023", "2023-10-13"},
	{"hi", "20 नवंबर 2023", "2023-11-20"},
	{"hi", "27 दिसंबर 2023", "2023-12-27"},
	{"th", "4 มกราคม 2566", "2023-01-04"},
	{"th", "11 กุมภาพันธ์ 2566", "2023-02-11"},
	{"th", "18 มีนาคม 2566", "2023-03-18"},
	{"th", "25 เมษายน 2566", "2023-04-25"},
	{"th", "5 พฤษภาคม 2566", "2023-05-05"},
	{"th", "12 มิถุนายน 2566", "2023-06-12"},
	{"th", "19 กรกฎาคม 2566", "2023-07-19"},
	{"th", "26 สิงหาคม 2566", "2023-08-26"},
	{"th", "6 กันยายน 2566", "2023-09-06"},
	{"th", "13 ตุลาคม 2566", "2023-10-13"},
	{"th", "20 พฤศจิกายน 2566", "2023-11-20"},
	{"th", "27 ธันวาคม 2566", "2023-12-27"},
	{"hr", "4. siječnja 2023", "2023-01-04"},
	{"hr", "11. veljače 2023", "2023-02-11"},
	{"hr", "18. ožujka 2023", "2023-03-18"},
	{"hr", "25. travnja 2023", "2023-04-25"},
	{"hr", "5. svibnja 2023", "2023-05-05"},
	{"hr", "12. lipnja 2023", "2023-06-12"},
	{"hr", "19. srpnja 2023", "2023-07-19"},
	{"hr", "26. kolovoza 2023", "2023-08-26"},
	{"hr", "6. rujna 2023", "2023-09-06"},
	{"hr", "13. listopada 2023", "2023-10-13"},
	{"hr", "20. studenoga 2023", "2023-11-20"},
	{"hr", "27. prosinca 2023", "2023-12-27"},
	{"vi", "4 tháng 1, 2023", "2023-01-04"},
	{"vi", "11 tháng 2, 2023", "2023-02-11"},
	{"vi", "18 tháng 3, 2023", "2023-03-18"},
	{"vi", "25 tháng 4, 2023", "2023-04-25"},
	{"vi", "5 tháng 5, 2023", "2023-05-05"},
	{"vi", "12 tháng 6, 2023", "2023-06-12"},
	{"vi", "19 tháng 7, 2023", "2023-07-19"},
	{"vi", "26 tháng 8, 2023", "2023-08-26"},
	{"vi", "6 tháng 9, 2023", "2023-09-06"},
	{"vi", "13 tháng 10, 2023", "2023-10-13"},
	{"vi", "20 tháng 11, 2023", "2023-11-20"},
	{"vi", "27 tháng 12, 2023", "2023-12-27"},
	{"en-US", "Jan. 4, 2023", "2023-01-04"},
	{"en-US", "Feb. 11, 2023", "2023-02-11"},
	{"en-US", "March 18, 2023", "2023-03-18"},
	{"en-US", "April 25, 2023", "2023-04-25"},
	{"en-US", "May 5, 2023", "2023-05-05"},
	{"en-US", "June 12, 2023", "2023-06-12"},
	{"en-US", "July 19, 2023", "2023-07-19"},
	{"en-US", "Aug. 26, 2023", "2023-08-26"},
	{"en-US", "Sept. 6, 2023", "2023-09-06"},
	{"en-US", "Oct. 13, 2023", "2023-10-13"},
	{"en-US", "Nov. 20, 2023", "2023-11-20"},
	{"en-US", "Dec. 27, 2023", "2023-12-27"},
/* clang-format on */
};

static void test_months(void **state)
{
	(void)state;
	check(months, WV_COUNT(months));
}

static const struct row numbers[] = {
	{"en", "2024-06-05", "2024-06-05"},
	{"en", "2024/6/5", "2024-06-05"},
	{"ko", "2024. 6. 5.", "2024-06-05"},
	{"en", "2024-06-05T10:20:30Z", "2024-06-05T10:20:30Z"},
	{"en", "2024-06-05T10:20:30+08:00", "2024-06-05T10:20:30+08:00"},
	{"en", "2024-06-05T10:20:30.123-0400", "2024-06-05T10:20:30-04:00"},
	{"en", "2024-06-05T10:20+05:30", "2024-06-05T10:20:00+05:30"},
	{"en", "2024-06-05T10:20:30+00:00", "2024-06-05T10:20:30Z"},
	{"en", "2024-06-05 10:20:30", "2024-06-05T10:20:30Z"},
	{"en", "2024-06-05T10:20", "2024-06-05T10:20:00Z"},
	{"en", "Wed, 05 Jun 2024 05:45:03 +0000", "2024-06-05T05:45:03Z"},
	{"en", "Wed, 05 Jun 2024 05:45:03 GMT", "2024-06-05T05:45:03Z"},
	{"en", "Wed Jun 05 2024 10:20:30 GMT+0200 (CEST)", "2024-06-05T10:20:30+02:00"},
	{"en", "Wed Jun  5 10:20:30 EDT 2024", "2024-06-05T10:20:30-04:00"},
	{"de", "05.06.2024", "2024-06-05"},
	{"de", "5.6.2024, 10:20 Uhr", "2024-06-05T10:20:00Z"},
	{"de", "05.06.24", "2024-06-05"},
	{"fr", "05/06/2024", "2024-06-05"},
	{"en-US", "05/06/2024", "2024-05-06"},
	{"en-GB", "05/06/2024", "2024-06-05"},
	{"en", "25/05/2024", "2024-05-25"},
	{"de", "05/25/2024", "2024-05-25"},
	{"nl", "05-06-2024", "2024-06-05"},
	{"fr", "05/06/24", "2024-06-05"},
	{"en", "10.0.19.1", "none"},
	{"en", "2024-13-05", "none"},
	{"en", "31 April 2024", "none"},
	{"en", "1994-06-05", "none"},
	{"en", "2024-06-13", "none"},
	{"en", "2024-06-11", "2024-06-11"},
	{"en", "no date here, 12 of 20 people", "none"},
	{"en", "call 555-2024-06", "none"},
	{"en", "", "none"},
	{"en", "٢٠٢٤-٠٦-٠٥", "2024-06-05"},
};

static void test_numbers(void **state)
{
	(void)state;
	check(numbers, WV_COUNT(numbers));
}

static const struct row clocks[] = {
	{"en", "June 5, 2024 at 10:20 a.m. EDT", "2024-06-05T10:20:00-04:00"},
	{"en", "June 5, 2024 10:20 PM ET", "2024-06-05T22:20:00-04:00"},
	{"en", "Jan. 5, 2024 10:20 PM ET", "2024-01-05T22:20:00-05:00"},
	{"en", "Published 3:27 am PST, Wednesday, January 3, 2024", "2024-01-03T03:27:00-08:00"},
	{"en", "5 June 2024 | 3pm", "2024-06-05T15:00:00Z"},
	{"en", "12:30 am, 5 June 2024", "2024-06-05T00:30:00Z"},
	{"en", "5th June 2024, 9.30am BST", "2024-06-05T09:30:00+01:00"},
	{"en", "11:25 PM - 4 Jun 2024", "2024-06-04T23:25:00Z"},
	{"de", "Mittwoch, 5. Juni 2024, 10:20 Uhr", "2024-06-05T10:20:00Z"},
	{"de", "05.06.2024 um 10.20 Uhr", "2024-06-05T10:20:00Z"},
	{"de", "5. Juni 2024 um 10:20 MESZ", "2024-06-05T10:20:00+02:00"},
	{"fr", "Publié le 5 juin 2024 à 10h20", "2024-06-05T10:20:00Z"},
	{"fr", "1er mars 2024 à 8h05", "2024-03-01T08:05:00Z"},
	{"es", "5 de junio de 2024 a las 10:20", "2024-06-05T10:20:00Z"},
	{"it", "5 giugno 2024 alle ore 10:20", "2024-06-05T10:20:00Z"},
	{"pt", "05/06/2024 às 10h20", "2024-06-05T10:20:00Z"},
	{"pt", "sexta-feira, 22 de outubro de 2010 às 20:13", "2010-10-22T20:13:00Z"},
	{"pl", "5 czerwca 2024, 10:20", "2024-06-05T10:20:00Z"},
	{"ru", "5 июня 2024, 10:20", "2024-06-05T10:20:00Z"},
	{"ru", "10:20, 5 июня 2024", "2024-06-05T10:20:00Z"},
	{"sv", "5 juni 2024 kl. 10.20", "2024-06-05T10:20:00Z"},
	{"fi", "5.6.2024 klo 10.20", "2024-06-05T10:20:00Z"},
	{"da", "5. juni 2024 kl. 10:20", "2024-06-05T10:20:00Z"},
	{"tr", "05 Haziran 2024 Çarşamba 10:20", "2024-06-05T10:20:00Z"},
	{"id", "Rabu, 5 Juni 2024 10:20 WIB", "2024-06-05T10:20:00+07:00"},
	{"vi", "05/06/2024 10:20 GMT+7", "2024-06-05T10:20:00+07:00"},
	{"ar", "5 يونيو 2024", "2024-06-05"},
	{"ar", "5 كانون الثاني 2024", "2024-01-05"},
	{"ar", "5 تشرين الأول 2023", "2023-10-05"},
};

static void test_clocks(void **state)
{
	(void)state;
	check(clocks, WV_COUNT(clocks));
}

static const struct row east_asia[] = {
	{"zh", "2024年6月5日", "2024-06-05"},
	{"zh", "2024年06月05日 10:20", "2024-06-05T10:20:00Z"},
	{"zh", "2024年06月05日10:20:30", "2024-06-05T10:20:30Z"},
	{"zh", "发布时间：2024-06-05 01:26:00 来源：某社", "2024-06-05T01:26:00Z"},
	{"zh", "二〇二四年六月五日", "2024-06-05"},
	{"zh", "二〇二三年十二月二十五日", "2023-12-25"},
	{"zh", "2024年6月5日 下午3时20分", "2024-06-05T15:20:00Z"},
	{"zh", "2024年6月5日 星期三 10:20", "2024-06-05T10:20:00Z"},
	{"zh", "財經社6月5日訊", "2024-06-05"},
	{"zh", "某社6月5日讯", "2024-06-05"},
	{"zh", "12月5日", "2023-12-05"},
	{"zh", "06-05 10:20", "2024-06-05T10:20:00Z"},
	{"zh", "３小时前", "2024-06-10T09:00:00Z"},
	{"zh", "民國113年6月5日", "2024-06-05"},
	{"zh", "民国113年6月5日", "2024-06-05"},
	{"ja", "令和6年6月5日", "2024-06-05"},
	{"ja", "令和元年6月5日", "2019-06-05"},
	{"ja", "令和６年６月５日", "2024-06-05"},
	{"ja", "令和六年六月五日", "2024-06-05"},
	{"ja", "令和6年(2024年)6月5日", "2024-06-05"},
	{"ja", "2024(令和6)年6月5日", "2024-06-05"},
	{"ja", "昭和63年6月5日", "none"},      /* before there was a web */
	{"ja", "令和36年6月5日", "none"},      /* after the fetch */
	{"ja", "R6.6.5", "none"},              /* a version is written so, too */
	{"th", "5 มิถุนายน พ.ศ. 2567", "2024-06-05"},
	{"zh", "中華民國113年6月5日", "2024-06-05"},
	{"zh", "2099年6月5日", "none"},
	{"zh", "1985年6月5日", "none"},
	{"ja", "平成31年4月30日", "2019-04-30"},
	{"ja", "2024年6月5日（水） 10時20分", "2024-06-05T10:20:00Z"},
	{"ja", "2024年6月5日 午後3時20分", "2024-06-05T15:20:00Z"},
	{"ja", "２０２４年６月５日", "2024-06-05"},
	{"ja", "2024/06/05 10:20", "2024-06-05T10:20:00Z"},
	{"ja", "2024.06.05", "2024-06-05"},
	{"ko", "2024년 6월 5일", "2024-06-05"},
	{"ko", "2024년 6월 5일 오후 3시 20분", "2024-06-05T15:20:00Z"},
	{"ko", "입력 2024.06.05 10:20", "2024-06-05T10:20:00Z"},
	{"ko", "기사입력 :[ 2018-09-28 17:32 ]", "2018-09-28T17:32:00Z"},
	{"ko", "3시간 전", "2024-06-10T09:00:00Z"},
};

static void test_east_asia(void **state)
{
	(void)state;
	check(east_asia, WV_COUNT(east_asia));
}

static const struct row relative[] = {
	/* An hour's word in every language that news is read in. */
	{"fr", "il y a 2 heures", "2024-06-10T10:00:00Z"},
	{"es", "hace 2 horas", "2024-06-10T10:00:00Z"},
	{"pt", "há 2 horas", "2024-06-10T10:00:00Z"},
	{"it", "2 ore fa", "2024-06-10T10:00:00Z"},
	{"nl", "2 uur geleden", "2024-06-10T10:00:00Z"},
	{"pl", "2 godziny temu", "2024-06-10T10:00:00Z"},
	{"cs", "před 2 hodinami", "2024-06-10T10:00:00Z"},
	{"sk", "pred 2 hodinami", "2024-06-10T10:00:00Z"},
	{"hu", "2 órája", "2024-06-10T10:00:00Z"},
	{"ro", "acum 2 ore", "2024-06-10T10:00:00Z"},
	{"bg", "преди 2 часа", "2024-06-10T10:00:00Z"},
	{"ru", "2 часа назад", "2024-06-10T10:00:00Z"},
	{"uk", "2 години тому", "2024-06-10T10:00:00Z"},
	{"tr", "2 saat önce", "2024-06-10T10:00:00Z"},
	{"sv", "2 timmar sedan", "2024-06-10T10:00:00Z"},
	{"da", "2 timer siden", "2024-06-10T10:00:00Z"},
	{"nb", "2 timer siden", "2024-06-10T10:00:00Z"},
	{"fi", "2 tuntia sitten", "2024-06-10T10:00:00Z"},
	{"el", "πριν από 2 ώρες", "2024-06-10T10:00:00Z"},
	{"ko", "2시간 전", "2024-06-10T10:00:00Z"},
	{"zh", "2小時前", "2024-06-10T10:00:00Z"},
	{"ar", "منذ 2 ساعات", "2024-06-10T10:00:00Z"},
	{"he", "לפני 2 שעות", "2024-06-10T10:00:00Z"},
	{"fa", "2 ساعت پیش", "2024-06-10T10:00:00Z"},
	{"hi", "2 घंटे पहले", "2024-06-10T10:00:00Z"},
	{"id", "2 jam yang lalu", "2024-06-10T10:00:00Z"},
	{"id", "2 jam lalu", "2024-06-10T10:00:00Z"},
	{"vi", "2 giờ trước", "2024-06-10T10:00:00Z"},
	{"th", "2 ชั่วโมงที่แล้ว", "2024-06-10T10:00:00Z"},
	{"hr", "prije 2 sata", "2024-06-10T10:00:00Z"},
	{"sr", "пре 2 сата", "2024-06-10T10:00:00Z"},
	{"lt", "prieš 2 valandas", "2024-06-10T10:00:00Z"},
	{"lv", "pirms 2 stundām", "2024-06-10T10:00:00Z"},
	{"et", "2 tundi tagasi", "2024-06-10T10:00:00Z"},
	{"en", "an hour ago", "2024-06-10T11:00:00Z"},
	{"en", "a day ago", "2024-06-09"},
	{"en", "2h ago", "2024-06-10T10:00:00Z"},
	{"de", "vor einer Stunde", "2024-06-10T11:00:00Z"},
	{"fr", "hier à 10h30", "2024-06-09T10:30:00Z"},
	{"es", "ayer, 10:30", "2024-06-09T10:30:00Z"},
	{"de", "gestern, 10.30 Uhr", "2024-06-09T10:30:00Z"},
	{"zh", "昨天 10:30", "2024-06-09T10:30:00Z"},
	{"zh", "昨日 10:30", "2024-06-09T10:30:00Z"},
	{"ko", "어제 10:30", "2024-06-09T10:30:00Z"},
	{"ru", "вчера в 10:30", "2024-06-09T10:30:00Z"},
	{"en", "just now", "none"},
	{"en", "2 hours ago", "2024-06-10T10:00:00Z"},
	{"en", "5 min ago", "2024-06-10T11:55:00Z"},
	{"en", "3 days ago", "2024-06-07"},
	{"en", "yesterday", "2024-06-09"},
	{"en", "Yesterday at 10:20", "2024-06-09T10:20:00Z"},
	{"de", "vor 2 Stunden", "2024-06-10T10:00:00Z"},
	{"de", "gestern, 10:20 Uhr", "2024-06-09T10:20:00Z"},
	{"fr", "il y a 2 heures", "2024-06-10T10:00:00Z"},
	{"es", "hace 2 horas", "2024-06-10T10:00:00Z"},
	{"pt", "há 2 horas", "2024-06-10T10:00:00Z"},
	{"it", "2 ore fa", "2024-06-10T10:00:00Z"},
	{"nl", "2 uur geleden", "2024-06-10T10:00:00Z"},
	{"pl", "2 godziny temu", "2024-06-10T10:00:00Z"},
	{"ru", "2 часа назад", "2024-06-10T10:00:00Z"},
	{"tr", "2 saat önce", "2024-06-10T10:00:00Z"},
	{"sv", "för 2 timmar sedan", "2024-06-10T10:00:00Z"},
	{"id", "2 jam lalu", "2024-06-10T10:00:00Z"},
	{"vi", "2 giờ trước", "2024-06-10T10:00:00Z"},
	{"zh", "5分钟前", "2024-06-10T11:55:00Z"},
	{"zh", "3小时前", "2024-06-10T09:00:00Z"},
	{"zh", "2天前", "2024-06-08"},
	{"zh", "昨天 10:20", "2024-06-09T10:20:00Z"},
	{"ja", "3時間前", "2024-06-10T09:00:00Z"},
	{"ja", "2日前", "2024-06-08"},
	{"en", "2 hours", "none"},
};

static void test_relative(void **state)
{
	(void)state;
	check(relative, WV_COUNT(relative));
}

/* Without the fetch nothing is relative, and a day needs its year. */
static void test_without_fetch(void **state)
{
	static const char *const texts[] = {"2 hours ago", "yesterday", "June 5", "6月5日", "3小时前"};
	struct wv_times_context context = {.fetched = WV_TIME_NONE};

	(void)state;
	for (size_t i = 0; i < WV_COUNT(texts); i++)
		row_text(texts[i], found_in(&context, texts[i]), "none");
	row_text("year", found_in(&context, "June 5, 2024"), "2024-06-05");
	rows_end();
}

struct span_row {
	const char *text;
	bool in_shanghai;
	enum wv_zone_basis zone;
	const char *stated, *earliest, *latest;
};

static const struct span_row spans[] = {
	{"2024-06-05T10:20:30+08:00", true, WV_ZONE_EXPLICIT, "2024-06-05T10:20:30+08:00",
	 "2024-06-05T02:20:30Z", "2024-06-05T02:20:30.999999Z"},
	{"2024-06-05 01:26:00", true, WV_ZONE_SOURCE, "2024-06-05T01:26:00+08:00",
	 "2024-06-04T17:26:00Z", "2024-06-04T17:26:00.999999Z"},
	{"2024-06-05 01:26", true, WV_ZONE_SOURCE, "2024-06-05T01:26:00+08:00",
	 "2024-06-04T17:26:00Z", "2024-06-04T17:26:59.999999Z"},
	{"2024-06-05", true, WV_ZONE_SOURCE, "2024-06-05", "2024-06-04T16:00:00Z",
	 "2024-06-05T15:59:59.999999Z"},
	{"2024-06-05", false, WV_ZONE_NONE, "2024-06-05", "2024-06-04T10:00:00Z",
	 "2024-06-06T13:59:59.999999Z"},
	{"2024-06-05 10:20:30", false, WV_ZONE_ASSUMED, "2024-06-05T10:20:30Z",
	 "2024-06-04T20:20:30Z", "2024-06-06T00:20:30.999999Z"},
	{"2 hours ago", false, WV_ZONE_EXPLICIT, "2024-06-10T10:00:00Z", "2024-06-10T09:00:00Z",
	 "2024-06-10T10:00:00Z"},
	/* May or June: both are possible. */
	{"05/06/2024", true, WV_ZONE_SOURCE, "2024-05-06", "2024-05-05T16:00:00Z",
	 "2024-06-05T15:59:59.999999Z"},
};

static void test_spans(void **state)
{
	(void)state;
	for (size_t i = 0; i < WV_COUNT(spans); i++) {
		struct wv_times_context context = context_of("en");
		struct wv_stated_time time = {.is_set = false};
		char text[WV_TIME_TEXT_MAX];

		context.zone = spans[i].in_shanghai ? shanghai : NULL;
		if (!wv_times_parse(arena, &context, wv_slice_of(spans[i].text), &time)) {
			row_text(spans[i].text, WV_LIT("none"), spans[i].stated);
			continue;
		}
		row_text(spans[i].text, time.text, spans[i].stated);
		row_text(spans[i].text, time.raw, spans[i].text);
		row_int(spans[i].text, time.zone, spans[i].zone);
		row_text(spans[i].text, wv_slice_of(wv_time_print(time.earliest, text)),
			 spans[i].earliest);
		row_text(spans[i].text, wv_slice_of(wv_time_print(time.latest, text)),
			 spans[i].latest);
	}
	rows_end();
}

static void test_values(void **state)
{
	static const struct row rows[] = {
		{"", "20240605", "2024-06-05"},
		{"", "20240605102030", "2024-06-05T10:20:30Z"},
		{"", "1717582830", "2024-06-05T10:20:30Z"},
		{"", "1717582830000", "2024-06-05T10:20:30Z"},
		{"", "2024-06-05T10:20:30 ", "2024-06-05T10:20:30Z"},
		{"", "12345678", "none"},
		{"", "99999999999999999999", "none"},
		{"", "null", "none"},
	};
	struct wv_times_context context = context_of("en");

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_stated_time time = {.text = WV_LIT("none")};

		(void)!wv_times_parse(arena, &context, wv_slice_of(rows[i].text), &time);
		row_text(rows[i].text, time.text, rows[i].expected);
	}
	rows_end();
}

static void test_urls(void **state)
{
	static const struct row rows[] = {
		{"", "/2024/06/05/a-story", "2024-06-05"},
		{"", "/news/2024/6/5/", "2024-06-05"},
		{"", "/news/20240605/x.html", "2024-06-05"},
		{"", "/c/2024-06-05/doc.shtml", "2024-06-05"},
		{"", "/n1/2024/0605/c1001.html", "2024-06-05"},
		{"", "/2024-06/05/c_1.htm", "2024-06-05"},
		{"", "/story-20240605", "2024-06-05"},
		{"", "/article/12024060599", "none"},
		{"", "/2024/06/", "none"},
		{"", "/2024/31/12/", "none"},
		{"", "/1989/06/05/", "none"},
		{"", "/2024/07/05/", "none"},
		{"", "/", "none"},
	};
	struct wv_times_context context = context_of("en");

	(void)state;
	for (size_t i = 0; i < WV_COUNT(rows); i++) {
		struct wv_stated_time time = {.text = WV_LIT("none")};

		(void)!wv_times_from_url(arena, &context, wv_slice_of(rows[i].text), &time);
		row_text(rows[i].text, time.text, rows[i].expected);
	}
	rows_end();
}

/* Other dates of the page settle which number is the month. */
static void test_order(void **state)
{
	struct wv_times_context context = context_of("en-US");

	(void)state;
	context.order = wv_times_order(wv_slice_of("25/05/2024"));
	assert_int_equal(context.order, WV_DATE_DMY);
	row_text("dmy", found_in(&context, "05/06/2024"), "2024-06-05");
	context.order = wv_times_order(wv_slice_of("05/25/2024"));
	assert_int_equal(context.order, WV_DATE_MDY);
	row_text("mdy", found_in(&context, "05/06/2024"), "2024-05-06");
	assert_int_equal(wv_times_order(wv_slice_of("05/06/2024")), WV_DATE_UNKNOWN);
	rows_end();
}

/* Long and hostile texts end, and find nothing that is not there. */
static void test_hostile(void **state)
{
	static unsigned char text[200000];
	struct wv_times_context context = context_of("zh");
	struct wv_stated_time time;
	size_t begin, at = 0, found = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (unsigned char)"1/2-.:年\xff"[i % 9];
	while (wv_times_find(arena, &context, wv_slice(text, sizeof(text)), &begin, &at, &time)) {
		assert_true(begin < at && at <= sizeof(text));
		found++;
	}
	assert_true(found < sizeof(text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_months),        cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_clocks),        cmocka_unit_test(test_east_asia),
		cmocka_unit_test(test_relative),      cmocka_unit_test(test_without_fetch),
		cmocka_unit_test(test_spans),         cmocka_unit_test(test_values),
		cmocka_unit_test(test_urls),          cmocka_unit_test(test_order),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
