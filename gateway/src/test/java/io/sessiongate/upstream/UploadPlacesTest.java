package io.sessiongate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.http.AddressBlock;
import io.sessiongate.upstream.UploadPlaces.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who gets a place, and how many. */
class UploadPlacesTest {

    private static AddressBlock client(int number) {
        return new AddressBlock(number, true);
    }

    /** Takes as many as there are. */
    private static List<Place> takeAll(UploadPlaces places, @Nullable AddressBlock client) {
        List<Place> taken = new ArrayList<>();
        for (Place place = places.tryTake(client); place != null; place = places.tryTake(client)) {
            taken.add(place);
        }
        return taken;
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 1", "3, 1", "4, 2", "5, 2", "16, 8", "256, 128"})
    void oneClientAloneGetsHalfOfThem(int max, int most) {
        assertThat(takeAll(new UploadPlaces(max), client(1))).hasSize(most);
    }

    @Test
    void fromHalfOnAClientGetsAQuarter() {
        UploadPlaces places = new UploadPlaces(16);
        takeAll(places, client(1));
        assertThat(takeAll(places, client(2))).hasSize(4);
        assertThat(takeAll(places, client(3))).hasSize(4);
        assertThat(places.full()).isTrue();
        assertThat(takeAll(places, client(4))).isEmpty();
        assertThat(places.takenNow()).isEqualTo(16);
        assertThat(places.clients()).isEqualTo(3);
    }

    @Test
    void whoIsNotCountedGetsAllOfThem() {
        UploadPlaces places = new UploadPlaces(16);
        List<Place> taken = takeAll(places, null);
        assertThat(taken).hasSize(16);
        assertThat(places.clients()).isZero();
        taken.forEach(Place::giveBack);
        assertThat(places.takenNow()).isZero();
    }

    @Test
    void whatIsGivenBackIsFreeAgainAndNobodyIsRemembered() {
        UploadPlaces places = new UploadPlaces(8);
        for (int i = 0; i < 3; i++) {
            List<Place> taken = takeAll(places, client(1));
            assertThat(taken).hasSize(4);
            taken.forEach(Place::giveBack);
            assertThat(places.takenNow()).isZero();
            assertThat(places.clients()).isZero();
        }
    }

    @Test
    void aClientThatHasItsShareGetsAnotherOnceOneOfItsOwnIsGivenBack() {
        UploadPlaces places = new UploadPlaces(4);
        Place own = Objects.requireNonNull(places.tryTake(client(1)));
        takeAll(places, client(2));
        assertThat(places.tryTake(client(1))).isNull();
        own.giveBack();
        assertThat(places.tryTake(client(1))).isNotNull();
    }

    @Test
    void keepsItsBoundsWhereManyLoopsTakeAtOnce() throws Exception {
        UploadPlaces places = new UploadPlaces(8);
        AtomicInteger own = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        ExecutorService loops = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int loop = 0; loop < 4; loop++) {
                all.add(loops.submit(() -> {
                    for (int i = 0; i < 20_000; i++) {
                        Place place = places.tryTake(client(1));
                        if (place != null) {
                            most.accumulateAndGet(own.incrementAndGet(), Math::max);
                            Place another = places.tryTake(client(2));
                            own.decrementAndGet();
                            place.giveBack();
                            if (another != null) {
                                another.giveBack();
                            }
                        }
                    }
                }));
            }
            for (Future<?> loop : all) {
                loop.get(60, TimeUnit.SECONDS);
            }
        } finally {
            loops.shutdownNow();
        }
        assertThat(most.get()).isBetween(1, 4);
        assertThat(places.takenNow()).isZero();
        assertThat(places.clients()).isZero();
    }
}
