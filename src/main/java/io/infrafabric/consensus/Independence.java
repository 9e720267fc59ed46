package io.infrafabric.consensus;

import io.infrafabric.input.Spelling;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Collection;

/**
 * How many independent voters the voters amount to. Ten sessions of one model tend to err together, so their ten votes
 * say less than those of ten different models.
 *
 * <p>The formula is Kish's design effect for clusters (L. Kish, <em>Survey Sampling</em>, Wiley 1965, chapter 5):
 * {@code n} answers of one cluster with the intraclass correlation {@code rho} carry as much information as
 * {@code n / (1 + (n - 1) * rho)} independent ones. Here a cluster consists of the voters on one model of one provider,
 * and the sum is over the clusters. The spelling of a vendor or a model makes no difference. With {@code rho = 0} it is
 * the number of voters, with {@code rho = 1} the number of clusters.
 *
 * <p>The figure helps to judge but is not a measurement: {@code rho} is chosen, not estimated. Sessions that do not say
 * what they run on form one cluster, so that nobody gains by silence.
 */
final class Independence {
    private static final int DECIMALS = 4;

    private Independence() {}

    /** The voters on one model of one provider. */
    record Cluster(String provider, String model) {

        /** The cluster with these names, however they are spelt; {@code null} stands for an unknown name. */
        static Cluster of(String provider, String model) {
            return new Cluster(plain(provider), plain(model));
        }

        private static String plain(String name) {
            return name == null ? "" : Spelling.plain(name);
        }
    }

    /**
     * Effective independent voters, with four decimals.
     *
     * @param clusters how many voters each cluster has
     * @param rho from 0 (independent) to 1 (one voice)
     */
    static BigDecimal of(Collection<Integer> clusters, BigDecimal rho) {
        BigDecimal sum = BigDecimal.ZERO;
        for (int n : clusters) {
            if (n > 0) {
                BigDecimal effect = BigDecimal.ONE.add(rho.multiply(BigDecimal.valueOf(n - 1L)));
                sum = sum.add(BigDecimal.valueOf(n).divide(effect, MathContext.DECIMAL128));
            }
        }
        // Rounded before it is compared: three times 4/3 is 4, and the shown figure is the one that decides.
        return sum.setScale(DECIMALS, RoundingMode.HALF_EVEN);
    }
}
