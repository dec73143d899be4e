namespace KafkaFlow.Avro;

/// <summary>Why <see cref="AvroReader"/> stopped.</summary>
public enum AvroReadFailure
{
    None,

    /// <summary>The input ends inside the value.</summary>
    Truncated,

    /// <summary>More than 5 bytes of an int or 10 of a long, or a value beyond 32 or 64 bits.</summary>
    NumberTooLarge,

    /// <summary>A length below zero.</summary>
    NegativeLength,

    /// <summary>A length beyond the bytes that are left.</summary>
    LengthBeyondInput,

    /// <summary>A boolean that is neither 0 nor 1.</summary>
    NotBoolean,

    /// <summary>A string that is no valid UTF-8.</summary>
    NotUtf8,

    /// <summary>A union branch or enum symbol that the schema does not have.</summary>
    IndexOutOfRange,

    /// <summary>A block count of -2^63, or a block's byte size that is negative or beyond the input.</summary>
    BadBlock,
}
