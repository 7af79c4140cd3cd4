package io.sessiongate.token;

import java.math.BigInteger;
import java.util.BitSet;

/** Whether an RSA public key from somewhere else may be relied on. Stateless. */
final class RsaStrength {

    enum Verdict {
        SOUND,
        /** The numbers are no RSA key. */
        NO_KEY,
        WEAK
    }

    private static final int MIN_BITS = 2048;

    /** A verification costs the square of it: a key of 16,384 bits costs 60 times as much as one of 2,048. */
    private static final int MAX_BITS = 8192;

    private static final int MAX_EXPONENT_BITS = 64;
    private static final BigInteger THREE = BigInteger.valueOf(3);

    private static final int[] ROCA_PRIMES = {11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157};
    private static final BitSet[] ROCA_RESIDUES = rocaResidues();

    private RsaStrength() {}

    static Verdict of(BigInteger modulus, BigInteger exponent) {
        if (!modulus.testBit(0)
                || modulus.bitLength() > MAX_BITS
                || !exponent.testBit(0)
                || exponent.bitLength() > MAX_EXPONENT_BITS) {
            return Verdict.NO_KEY;
        }
        // With an exponent of 1 everybody can sign: the signature is the padded hash itself.
        return modulus.bitLength() < MIN_BITS || exponent.compareTo(THREE) < 0 || isRoca(modulus)
                ? Verdict.WEAK
                : Verdict.SOUND;
    }

    /**
     * Moduli of the flawed generator (Nemec and others, "The Return of Coppersmith's Attack", 2017) are powers of 65537
     * modulo small primes. One of another generator is so modulo all of these once in some hundred million.
     */
    private static boolean isRoca(BigInteger modulus) {
        for (int i = 0; i < ROCA_PRIMES.length; i++) {
            int residue = modulus.mod(BigInteger.valueOf(ROCA_PRIMES[i])).intValue();
            if (!ROCA_RESIDUES[i].get(residue)) {
                return false;
            }
        }
        return true;
    }

    private static BitSet[] rocaResidues() {
        var residues = new BitSet[ROCA_PRIMES.length];
        for (int i = 0; i < residues.length; i++) {
            residues[i] = new BitSet();
            int power = 1;
            while (!residues[i].get(power)) {
                residues[i].set(power);
                power = power * (65537 % ROCA_PRIMES[i]) % ROCA_PRIMES[i];
            }
        }
        return residues;
    }
}
