namespace KafkaFlow.Wire.Messages;

/// <summary>
/// ApiVersions (18), versions 0-3, flexible from 3. Kept: The table; an unknown version is answered in version 0 with
/// error 35. Skipped: Features: none are finalized.
/// </summary>
public sealed class ApiVersionsRequest : IWire
{
    public string ClientSoftwareName = "";
    public string ClientSoftwareVersion = "";

    public void Code(Codec c)
    {
        if (c.Version >= 3) c.String(ref ClientSoftwareName);
        if (c.Version >= 3) c.String(ref ClientSoftwareVersion);
        c.NoTags();
    }
}

/// <summary>The answer to <see cref="ApiVersionsRequest"/>.</summary>
public sealed class ApiVersionsResponse : IWire
{
    public short ErrorCode;
    public List<ApiVersion> ApiKeys = [];
    public int ThrottleTimeMs;
    public List<SupportedFeatureKey> SupportedFeatures = [];
    public long FinalizedFeaturesEpoch = -1;
    public List<FinalizedFeatureKey> FinalizedFeatures = [];
    public bool ZkMigrationReady;

    public void Code(Codec c)
    {
        c.Int16(ref ErrorCode);
        c.Array(ref ApiKeys);
        if (c.Version >= 1) c.Int32(ref ThrottleTimeMs);
        var tags = Codec.Tags(
            SupportedFeatures.Count > 0,
            FinalizedFeaturesEpoch != -1,
            FinalizedFeatures.Count > 0,
            ZkMigrationReady != default);
        while (tags.Next(c))
        {
            switch (tags.Tag)
            {
                case 0: c.Array(ref SupportedFeatures); break;
                case 1: c.Int64(ref FinalizedFeaturesEpoch); break;
                case 2: c.Array(ref FinalizedFeatures); break;
                case 3: c.Bool(ref ZkMigrationReady); break;
            }
        }
    }

    public sealed class ApiVersion : IWire
    {
        public short ApiKey;
        public short MinVersion;
        public short MaxVersion;

        public void Code(Codec c)
        {
            c.Int16(ref ApiKey);
            c.Int16(ref MinVersion);
            c.Int16(ref MaxVersion);
            c.NoTags();
        }
    }

    public sealed class SupportedFeatureKey : IWire
    {
        public string Name = "";
        public short MinVersion;
        public short MaxVersion;

        public void Code(Codec c)
        {
            c.String(ref Name);
            c.Int16(ref MinVersion);
            c.Int16(ref MaxVersion);
            c.NoTags();
        }
    }

    public sealed class FinalizedFeatureKey : IWire
    {
        public string Name = "";
        public short MaxVersionLevel;
        public short MinVersionLevel;

        public void Code(Codec c)
        {
            c.String(ref Name);
            c.Int16(ref MaxVersionLevel);
            c.Int16(ref MinVersionLevel);
            c.NoTags();
        }
    }
}
