namespace KafkaFlow.Wire;

/// <summary>What stands before every request, after its length.</summary>
/// <param name="ClientId">null if the client has none.</param>
public readonly record struct RequestHeader(short ApiKey, short Version, int CorrelationId, string? ClientId)
{
    /// <summary>Bytes up to and with the correlation id, the same for all kinds and versions.</summary>
    public const int FixedLength = 8;

    /// <summary>Reads the fixed part, which tells how to read the rest.</summary>
    public static RequestHeader ReadFixed(Codec c)
    {
        short key = 0, version = 0;
        var correlation = 0;
        c.Int16(ref key);
        c.Int16(ref version);
        c.Int32(ref correlation);
        return new(key, version, correlation, null);
    }

    /// <summary>Reads the client id, a string of the old form in all versions, and the tags; sets the codec for the
    /// body.</summary>
    public RequestHeader ReadRest(Codec c, Api api)
    {
        c.IsFlexible = false;
        string? client = null;
        c.NullableString(ref client);
        c.Version = Version;
        c.IsFlexible = api.IsFlexible(Version);
        c.NoTags();
        return this with { ClientId = client };
    }

    /// <summary>Writes the header; sets the codec for the body.</summary>
    public void Write(Codec c, Api api)
    {
        var (key, version, correlation, client) = this;
        c.IsFlexible = false;
        c.Int16(ref key);
        c.Int16(ref version);
        c.Int32(ref correlation);
        c.NullableString(ref client);
        c.Version = version;
        c.IsFlexible = api.IsFlexible(version);
        c.NoTags();
    }
}

/// <summary>What stands before every answer, after its length: the correlation id and, in flexible versions, tags.
/// ApiVersions has none, since a client that does not know the version must be able to read it.</summary>
public static class ResponseHeader
{
    /// <summary>Reads or writes the header; sets the codec for the body.</summary>
    public static int Code(Codec c, Api api, short version, int correlationId)
    {
        c.IsFlexible = false;
        c.Int32(ref correlationId);
        c.Version = version;
        c.IsFlexible = api.IsFlexible(version);
        if (api.Key != ApiKey.ApiVersions) c.NoTags();
        return correlationId;
    }
}
